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

struct HashedChain {
  std::uint32_t pages = 0;    // at its end
  std::uint64_t commits = 0;  // in its log, a bridge as one
};

// The state a chain ends at, as page hashes. Fills `hashes`, which speaks of no state yet.
HashedChain hash_chain(const ChainContents& contents, const HashSecret& secret, std::uint32_t page_size,
                       PageHashes& hashes);

}  // namespace pitr::sqlite
