#pragma once

#include "plan/segment_numbers.hpp"
#include "plan/windows.hpp"

#include <vector>

namespace pitr {

struct Continuity {
  std::vector<Gap> gaps;
  std::vector<LinkConflict> conflicts;
};

// Where the log of the timelines is not whole, whatever snapshots there are. Every number from a timeline's
// first to the highest that a segment or a snapshot speaks of has to be there.
Continuity check_continuity(const SegmentLookup& lookup);

}  // namespace pitr
