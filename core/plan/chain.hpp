#pragma once

#include "model/catalogue.hpp"
#include "plan/path.hpp"
#include "plan/planner.hpp"

#include <optional>
#include <string>
#include <vector>

namespace pitr {

// A walk over segments that follow each other without a hole, along a timeline path, from a snapshot.
struct ChainStep {
  PlannedSegment segment;
  const SegmentManifest* manifest = nullptr;
};

enum class ChainStop {
  head,      // nothing more is archived on the path
  gap,       // log is missing
  conflict,  // the next segment's link token differs
  damage,    // the next segment cannot be read
};

// Walks one step at a time, so that a plan asks only for the manifests it needs. The order of preference among
// segments that fit is: the one that reaches furthest; on equal reach, the child's. A bridge is entered only at its
// exact start.
class ChainWalk {
 public:
  ChainWalk(const Catalogue& catalogue, std::vector<PathElement> path, const SnapshotManifest& snapshot);

  // The next step; nothing at the end (why: stop()) or when manifests are needed (needed()).
  [[nodiscard]] std::optional<ChainStep> next();
  [[nodiscard]] const std::vector<PlannedSegment>& needed() const { return needed_; }
  [[nodiscard]] ChainStop stop() const { return stop_; }
  [[nodiscard]] const std::string& stop_reason() const { return reason_; }
  [[nodiscard]] Lsn position() const { return position_; }

 private:
  const Catalogue& catalogue_;
  std::vector<PathElement> path_;
  Lsn position_;
  std::string link_;
  std::size_t element_ = 0;
  std::size_t index_ = 0;
  std::vector<PlannedSegment> needed_;
  ChainStop stop_ = ChainStop::head;
  std::string reason_;
};

}  // namespace pitr
