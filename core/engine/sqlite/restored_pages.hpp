#pragma once

#include "base/bytes.hpp"
#include "base/file.hpp"

#include <cstdint>
#include <vector>

namespace pitr::sqlite {

// A database file being written back page by page, the newest version of each first: a page that was written
// is settled, and older versions of it are passed over.
class RestoredPages {
 public:
  RestoredPages(fs::path path, std::uint32_t page_size);

  // Sets the number of pages; nothing beyond it is written.
  void resize(std::uint32_t pages);
  [[nodiscard]] std::uint32_t page_count() const { return static_cast<std::uint32_t>(settled_.size()); }
  [[nodiscard]] bool all_settled() const { return unsettled_ == 0; }
  [[nodiscard]] bool is_settled(std::uint32_t page) const {
    return page > settled_.size() || settled_[page - 1];
  }

  // Writes and settles a page, unless it is settled.
  void offer(std::uint32_t page, ByteView image);
  // Writes a page without settling it: a newer version may still come.
  void write(std::uint32_t page, ByteView image);
  void settle(std::uint32_t page);
  // Writes those of consecutive pages that are not settled, in as few writes as can be. They stay unsettled.
  void fill(std::uint32_t first, ByteView images);

  [[nodiscard]] std::uint64_t written_bytes() const { return written_bytes_; }

  // Gives the file its size and mode and makes it durable.
  void finish(std::uint32_t mode);

 private:
  fs::path path_;
  std::uint32_t page_size_;
  Fd fd_;
  std::vector<bool> settled_;
  std::uint64_t unsettled_ = 0;
  std::uint64_t written_bytes_ = 0;
};

}  // namespace pitr::sqlite
