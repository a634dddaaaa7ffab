#pragma once

#include "base/file.hpp"
#include "engine/sqlite/live_database.hpp"
#include "engine/sqlite/wal.hpp"

#include <cstdint>
#include <functional>
#include <optional>

namespace pitr::sqlite {

// A place in a generation of the log (what lies between two resets), and what is needed to read on from it:
// the number of frames before it and the running checksum there.
struct WalPlace {
  Salts salts;
  bool big_endian = false;
  std::uint32_t frame = 0;
  Checksum checksum;
};

// A frame that continues the chain of checksums. Valid only during the call it is handed to.
struct ChainedFrame {
  std::uint32_t number;  // 1 is the first of its generation
  std::uint32_t page;
  std::uint32_t commit_pages;
  Checksum checksum;  // the running checksum after it
  ByteView image;
};

// The -wal file of a pinned database. It may be opened and closed freely while SQLite has it open.
class LiveWal {
 public:
  explicit LiveWal(const LiveDatabase& database);

  // The header in the file; nothing when there is none.
  [[nodiscard]] std::optional<WalHeader> header() const;

  // Hands over the frames after `from`, up to number `last`, as long as each continues the chain. Returns the
  // number of the last that did.
  std::uint32_t read_on(const WalPlace& from, std::uint32_t last,
                        const std::function<void(const ChainedFrame&)>& visit) const;

  // Whether the frame before `place` is still the one it was: in the same generation with the same running
  // checksum.
  [[nodiscard]] bool still_holds(const WalPlace& place) const;

  // One page of a frame that was verified before.
  void read_image(std::uint32_t frame, std::uint32_t offset_in_page, std::span<std::byte> buffer) const;

 private:
  [[nodiscard]] std::uint64_t offset_of(std::uint32_t frame) const;

  fs::path path_;
  std::uint32_t page_size_;
  std::optional<Fd> fd_;
};

}  // namespace pitr::sqlite
