#pragma once

#include <cstddef>

namespace pitr::cmd {

// What is known about where output goes.
struct Terminal {
  std::size_t width = 80;  // of standard output; 80 when it is no terminal and COLUMNS does not say
  bool unicode = false;    // the locale's characters are UTF-8
  bool errors_on_terminal = false;
};

// Looks at the environment and the standard streams; takes over the environment's locale for characters.
Terminal find_terminal();

// Columns of the terminal on standard error now; 80 when there is none.
std::size_t error_width();

}  // namespace pitr::cmd
