#pragma once

#include "base/bytes.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace pitr::sochdb {

// The beginning of .mvcc_metadata, which the processes of a database in concurrent mode share. Numbers are
// little-endian.
//
//   0   8  magic 43435f564d484353
//   8   4  version, 1
//   12  4  page size
//   16  4  reader slots, of 64 bytes each behind the header
//   24  8  epoch
//   32  8  clock
//   40  4  writer's process id, 0 when there is none
//   48  8  commits since the last collection
inline constexpr std::size_t kSharedMetadataHeaderSize = 64;

struct SharedMetadata {
  std::uint32_t slots = 0;
  std::uint32_t writer = 0;  // a process id; one that was killed keeps all others from writing
};

// bytes: at least the header. Throws Errc::corrupt, naming `what`, unless it is one of version 1.
SharedMetadata parse_shared_metadata(ByteView bytes, const std::string& what);

}  // namespace pitr::sochdb
