#pragma once

#include "engine/sqlite/live_database.hpp"
#include "engine/sqlite/live_wal.hpp"

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace pitr::sqlite {

// The pages of a pinned database at one state of its log: the database file under the newest image of every
// page that the log holds and the file may not. Needs 8 bytes of memory for every such page.
class PinnedImage {
 public:
  // Throws Errc::unavailable when the log has moved on from that state. Both must outlive the image.
  PinnedImage(const LiveDatabase& database, const LiveWal& wal, const WalIndex& index);

  [[nodiscard]] std::uint32_t page_size() const { return database_.page_size(); }
  [[nodiscard]] std::uint32_t page_count() const { return page_count_; }
  [[nodiscard]] std::uint64_t size() const { return std::uint64_t{page_count_} * page_size(); }

  // Bytes of the image; offset and length need not be whole pages, but must lie within size().
  void read(std::uint64_t offset, std::span<std::byte> buffer) const;

 private:
  using PageFrame = std::pair<std::uint32_t, std::uint32_t>;

  const LiveDatabase& database_;
  const LiveWal& wal_;
  std::uint32_t page_count_;
  std::vector<PageFrame> overlay_;  // by page
};

}  // namespace pitr::sqlite
