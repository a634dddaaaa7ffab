#pragma once

#include "model/point.hpp"
#include "model/segment_manifest.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace pitr {

// A commit as a scan of its segment shows it. Made after (or at) not_before and not later than not_after:
// equal where the log holds the time itself. point.time is not_after.
struct CommitFact {
  Point point;
  std::optional<Timestamp> not_before;
  std::optional<Timestamp> not_after;
};

// What a segment's payload tells.
struct SegmentFacts {
  std::uint64_t records = 0;
  std::vector<CommitFact> commits;  // in log order
};

}  // namespace pitr
