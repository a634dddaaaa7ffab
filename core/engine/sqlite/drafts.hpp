#pragma once

#include "base/digest.hpp"
#include "engine/engine.hpp"
#include "engine/sqlite/live_wal.hpp"
#include "engine/sqlite/page_hashes.hpp"
#include "engine/sqlite/pinned_image.hpp"
#include "engine/sqlite/position.hpp"

#include <cstdint>
#include <memory>
#include <vector>

namespace pitr::sqlite {

// A segment of ours about to be stored. While it is written it hashes the pages it holds.
class Draft : public SegmentDraft {
 public:
  explicit Draft(SegmentManifest manifest) : manifest_(std::move(manifest)) {}
  [[nodiscard]] const SegmentManifest& manifest() const override { return manifest_; }
  // Hashes of the pages last written, and the state's size in pages.
  [[nodiscard]] std::vector<PageHashes::Update> take_updates() { return std::move(updates_); }
  [[nodiscard]] virtual std::uint32_t page_size() const = 0;

 protected:
  std::vector<PageHashes::Update>
      updates_;  // NOLINT(*-non-private-member-variables-in-classes): filled by write_to

 private:
  SegmentManifest manifest_;
};

// A log file without frames.
std::unique_ptr<Draft> make_empty_draft(SegmentManifest manifest, std::uint32_t page_size);

// The frames after `from` up to number `last`, read again when they are written.
std::unique_ptr<Draft> make_log_draft(SegmentManifest manifest, const LiveWal& wal, std::uint32_t page_size,
                                      WalPlace from, std::uint32_t last, const HashSecret& secret);

// One frame for each page marked in `changed` (bit 0 is page 1), as one commit.
std::unique_ptr<Draft> make_bridge_draft(SegmentManifest manifest, std::shared_ptr<const PinnedImage> image,
                                         std::vector<bool> changed, const HashSecret& secret);

}  // namespace pitr::sqlite
