#include "plan/route.hpp"

#include "plan/step_commits.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace pitr {

Point snapshot_point(const SnapshotManifest& snapshot) {
  Point point = snapshot.point;
  point.lsn = snapshot.consistent_lsn;
  return point;
}

Timestamp latest_time_in(const SnapshotManifest& snapshot) {
  if (snapshot.empty) return {std::numeric_limits<std::int64_t>::min()};
  return snapshot.point.time.value_or(snapshot.created_at);
}

Route::Route(const Planning& planning, std::vector<PathElement> path, const SnapshotManifest& snapshot,
             ReadAhead read_ahead)
    : planning_(&planning),
      snapshot_(&snapshot),
      walk_(planning.lookup, std::move(path), chain_start(snapshot), read_ahead),
      captured_to_(snapshot.captured_to) {}

bool Route::advance() {
  auto step = walk_.next();
  if (!step) {
    if (!walk_.needed().empty()) throw Missing{NeedManifests{walk_.needed()}};
    return false;
  }
  // Of a segment that is cut, the time speaks of more log than is taken.
  const auto& captured = step->manifest->captured_to;
  if (captured && step->segment.to == step->manifest->end_lsn) {
    captured_to_ = std::max(captured_to_.value_or(*captured), *captured);
  }
  steps_.push_back(*step);
  return true;
}

Point Route::last_point(Lsn limit) const {
  const Point own = snapshot_point(*snapshot_);
  if (limit <= own.lsn) return own;
  for (auto step = steps_.rbegin(); step != steps_.rend() && step->segment.to > own.lsn; ++step) {
    const SoughtCommit commit = last_commit_until(*planning_, *step, limit);
    if (!commit.is_known) return {std::min(limit, step->segment.to), std::nullopt, std::nullopt};
    if (commit.point) return commit.point->lsn > own.lsn ? *commit.point : own;
  }
  return own;
}

std::optional<Point> Route::first_commit_beyond(Lsn position) {
  const auto first = std::partition_point(steps_.begin(), steps_.end(),
                                          [&](const ChainStep& step) { return step.segment.to <= position; });
  for (auto i = static_cast<std::size_t>(first - steps_.begin()); i < steps_.size() || advance(); ++i) {
    const SoughtCommit commit = first_commit_after(*planning_, steps_[i], position);
    if (commit.point || !commit.is_known) return commit.point;
  }
  return std::nullopt;
}

}  // namespace pitr
