#include "plan/stop_rule.hpp"

#include <algorithm>

namespace pitr {

Verdict LatestRule::at_end(const Route& route) {
  const ChainWalk& walk = route.walk();
  if (walk.stop() != ChainStop::head || walk.position() < known_end_) return {};
  return Cut{walk.position(), 0, {}};
}

Verdict ImmediateRule::at_snapshot(const Route& route) {
  if (route.walk().position() < route.snapshot().consistent_lsn) return {};
  return Cut{route.snapshot().consistent_lsn, 0, {}};
}

std::size_t LsnRule::count_eligible(const std::vector<const SnapshotManifest*>& snapshots) const {
  const auto end =
      std::partition_point(snapshots.begin(), snapshots.end(), [&](const SnapshotManifest* snapshot) {
        return exclusive_ ? snapshot->consistent_lsn < lsn_ : snapshot->consistent_lsn <= lsn_;
      });
  return static_cast<std::size_t>(end - snapshots.begin());
}

Verdict LsnRule::at_snapshot(const Route& route) {
  if (route.walk().position() < lsn_) return {};
  return Cut{stop_on(route), 0, {}};
}

Verdict LsnRule::at_step(const Route& route) {
  if (route.walk().position() < lsn_) return {};
  const ChainStep& step = route.last_step();
  if (step.manifest->content == SegmentContent::bridge && step.segment.to > lsn_) {
    return refusals_.inside_bridge(route, step);
  }
  return Cut{stop_on(route), 0, {}};
}

Lsn LsnRule::stop_on(const Route& route) const {
  if (!exclusive_) return lsn_;
  return route.last_point({lsn_.value - 1}).lsn;
}

}  // namespace pitr
