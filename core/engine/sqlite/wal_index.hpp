#pragma once

#include "engine/sqlite/wal.hpp"

#include <cstdint>
#include <optional>

namespace pitr::sqlite {

// The header of the wal-index, the first 136 bytes of the -shm file (https://www.sqlite.org/walformat.html),
// in the machine's own byte order.
//
//   0    4  version 3007000        20   4  database size in pages
//   8    4  change counter         24   8  running checksum of frame max_frame
//   12   1  initialised            32   8  salts, bytes as in the log
//   13   1  big-endian checksums   40   8  checksum of bytes 0..39
//   14   2  page size (1: 65536)   48      bytes 0..47 again
//   16   4  max_frame              96   4  frames that are in the database already
struct WalIndex {
  std::uint32_t change = 0;     // one more at every commit that writes frames; 0 after the index is rebuilt
  std::uint32_t page_size = 0;  // 0 while the log has never held a frame
  std::uint32_t max_frame = 0;  // frames 1..max_frame are committed
  std::uint32_t pages = 0;      // database size after frame max_frame
  std::uint32_t backfilled = 0;
  bool big_endian = false;
  Checksum checksum;
  Salts salts;
  bool operator==(const WalIndex&) const = default;
};

// Reads a wal-index that others may be writing; nothing while it is torn or not initialised.
std::optional<WalIndex> read_wal_index(const volatile void* region);

}  // namespace pitr::sqlite
