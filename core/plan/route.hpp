#pragma once

#include "plan/chain.hpp"
#include "plan/planning.hpp"

#include <optional>
#include <vector>

namespace pitr {

// A snapshot as a point: the earliest it can be restored to.
Point snapshot_point(const SnapshotManifest& snapshot);

// All that is in a snapshot was committed by then; before all times where nothing is in it.
Timestamp latest_time_in(const SnapshotManifest& snapshot);

// A snapshot and the chain from it, as far as somebody has walked it. Throws Missing where something has to
// be read first.
class Route {
 public:
  Route(const Planning& planning, std::vector<PathElement> path, const SnapshotManifest& snapshot,
        ReadAhead read_ahead);

  [[nodiscard]] const SnapshotManifest& snapshot() const { return *snapshot_; }
  [[nodiscard]] const std::vector<ChainStep>& steps() const { return steps_; }
  [[nodiscard]] const ChainStep& last_step() const { return steps_.back(); }
  [[nodiscard]] const ChainWalk& walk() const { return walk_; }

  // One step further; false at the end of the chain.
  bool advance();

  // The last commit that ends at or before the limit; the snapshot's point where the log holds none after it.
  // Where records up to there cannot be read for want of the key: their end alone.
  [[nodiscard]] Point last_point(Lsn limit) const;
  // The first commit after a position, walking on where necessary; nothing where records that cannot be read
  // for want of the key may hold it.
  [[nodiscard]] std::optional<Point> first_commit_beyond(Lsn position);
  // Whether the chain, as far as it was walked, makes the snapshot a consistent state.
  [[nodiscard]] bool is_consistent() const { return walk_.position() >= snapshot_->consistent_lsn; }
  // The log of this chain is complete up to this time.
  [[nodiscard]] std::optional<Timestamp> captured_to() const { return captured_to_; }

 private:
  const Planning* planning_;
  const SnapshotManifest* snapshot_;
  ChainWalk walk_;
  std::vector<ChainStep> steps_;
  std::optional<Timestamp> captured_to_;
};

}  // namespace pitr
