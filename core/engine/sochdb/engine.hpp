#pragma once

#include "engine/engine.hpp"

namespace pitr::sochdb {

// The engine for SochDB databases. One object for the process.
const Engine& engine();

}  // namespace pitr::sochdb
