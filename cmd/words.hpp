#pragma once

#include "cmd/command_line.hpp"
#include "plan/windows.hpp"

#include <string_view>

namespace pitr::cmd {

// What stands for a value on the command line, in text and in JSON documents.
std::string_view level_name(ValidateLevel level);
std::string_view subject_name(ListSubject subject);  // "overview", ..., "restore-points", "transactions"
std::string_view window_end_name(WindowEnd end);

}  // namespace pitr::cmd
