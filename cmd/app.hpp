#pragma once

#include "cmd/runner.hpp"
#include "cmd/terminal.hpp"

#include <string>
#include <vector>

namespace pitr::cmd {

// Reads a command line, runs it, and returns the exit status. Everything thrown below is caught here, and
// only here.
int run_app(const std::vector<std::string>& arguments, const Terminal& terminal, const Streams& streams);

}  // namespace pitr::cmd
