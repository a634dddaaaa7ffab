#include "cmd/app.hpp"

#include <csignal>
#include <iostream>
#include <string>
#include <vector>

int main(int argc, char** argv) {
  // A reader that closes the pipe must not end a restore; writing reports it.
  std::signal(SIGPIPE, SIG_IGN);
  const std::vector<std::string> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
  return pitr::cmd::run_app(arguments, pitr::cmd::find_terminal(), {std::cout, std::cerr});
}
