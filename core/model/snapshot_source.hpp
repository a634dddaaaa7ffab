#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>

namespace pitr {

// A file to be stored in a snapshot, read once, in order of offsets.
struct SnapshotSourceFile {
  std::string path;  // relative, as in SnapshotFile
  std::uint64_t size = 0;
  std::uint32_t mode = 0;
  // Fills buffer with the file's bytes from offset on, all of it.
  std::function<void(std::uint64_t offset, std::span<std::byte> buffer)> read;
};

}  // namespace pitr
