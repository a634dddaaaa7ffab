#pragma once

#include "engine/engine.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace pitr {

// The engines this build knows. Throws a usage error that lists them for any other name.
const Engine& engine_named(std::string_view name);
std::vector<std::string> engine_names();

}  // namespace pitr
