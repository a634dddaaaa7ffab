#pragma once

#include "base/file.hpp"

#include <string>

namespace pitr {

// Opens what lies below a directory that is not trusted to hold no symbolic links: none is followed, wherever
// in the path it stands. path: relative, '/' between parts, never "..". Errors as of open_file(); a symbolic
// link is one.
Fd open_beneath(const fs::path& directory, const std::string& path, int flags, mode_t mode = 0600);

// The directory that holds `path`, opened the same way, and the last part of the path.
struct BeneathParent {
  Fd directory;
  std::string name;
};
BeneathParent open_parent_beneath(const fs::path& directory, const std::string& path);

}  // namespace pitr
