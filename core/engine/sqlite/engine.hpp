#pragma once

#include "engine/engine.hpp"

namespace pitr::sqlite {

// The engine for SQLite databases in WAL mode. One object for the process.
const Engine& engine();

}  // namespace pitr::sqlite
