#pragma once

#include "engine/engine.hpp"

namespace pitr::postgresql {

// The engine for PostgreSQL 13 to 18. One object for the process.
const Engine& engine();

}  // namespace pitr::postgresql
