#pragma once

#include "base/digest.hpp"
#include "base/file.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace pitr::sqlite {

// A hash for every page of the database as it was archived, in a file: what a bridge compares the live pages
// with. Only a cache. It speaks of one state, named by a link token, and of none while it is being changed or
// if a change was not finished.
class PageHashes {
 public:
  using Update = std::pair<std::uint32_t, std::uint64_t>;  // page number (from 1), hash

  // What is in the file, if it speaks of this state.
  static std::optional<PageHashes> open(const fs::path& path, const std::string& link,
                                        std::uint32_t page_size);
  // An empty one that speaks of no state yet.
  static PageHashes create(const fs::path& path, std::uint32_t page_size);

  [[nodiscard]] std::uint32_t page_count() const { return page_count_; }
  // The hashes of as many pages from `first` on, which must all exist.
  void read(std::uint32_t first, std::span<std::uint64_t> hashes) const;

  // From here to finish() it speaks of no state.
  void begin();
  void set(std::uint32_t first, std::span<const std::uint64_t> hashes);
  // Of several updates of one page the last counts.
  void set(std::vector<Update> updates);
  void finish(const std::string& link, std::uint32_t page_count);

 private:
  PageHashes(fs::path path, Fd fd, std::uint32_t page_size);

  fs::path path_;
  Fd fd_;
  std::uint32_t page_size_;
  std::uint32_t page_count_ = 0;
};

}  // namespace pitr::sqlite
