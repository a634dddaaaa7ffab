#pragma once

#include "base/file.hpp"

#include <cstdint>
#include <vector>

namespace pitr {

struct SpaceNeed {
  fs::path directory;
  std::uint64_t bytes = 0;
};

// Throws io_error when a file system has not the space that all directories in it need together.
void check_space(const std::vector<SpaceNeed>& needs);

// The path, or the nearest directory above it that exists.
fs::path nearest_existing(const fs::path& path);

}  // namespace pitr
