#pragma once

#include "base/digest.hpp"
#include "engine/engine.hpp"
#include "engine/sqlite/page_hashes.hpp"
#include "engine/sqlite/pinned_image.hpp"

#include <cstdint>
#include <vector>

namespace pitr::sqlite {

// A live state held against the archived one.
struct ImageComparison {
  std::vector<bool> changed;  // by page, bit 0 is page 1; as many as the live state has pages
  std::uint64_t changed_count = 0;
  std::uint64_t same_count = 0;
  bool resized = false;
  [[nodiscard]] bool identical() const { return changed_count == 0 && !resized; }
  // Whether most of the larger of both is the same.
  [[nodiscard]] bool mostly_same(std::uint32_t archived_pages) const;
};

ImageComparison compare(const PinnedImage& live, const PageHashes& archived, const HashSecret& secret);

// What a chain holds, as page hashes: its snapshot and then its log, of which the transactions that end at or before
// `stop` count. Fills `hashes`, which speaks of no state yet, and returns the number of pages.
std::uint32_t hash_chain(const ChainContents& contents, Lsn stop, const HashSecret& secret, std::uint32_t page_size,
                         PageHashes& hashes);

}  // namespace pitr::sqlite
