#pragma once

#include "base/error.hpp"
#include "base/time.hpp"
#include "model/catalogue.hpp"
#include "model/facts.hpp"
#include "model/target.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace pitr {

struct PlanRequest {
  Target target = ToLatest{};
  std::optional<TimelineId> timeline;   // default: the highest that holds anything, see timeline_choice.hpp
  std::optional<std::string> snapshot;  // default: the newest that reaches the target
  bool exclusive = false;
  // A time that lies between two looks at the log is accepted if they are at most this far apart.
  Duration time_tolerance = std::chrono::seconds(1);
  LogTraits log;
};

struct PlannedSegment {
  TimelineId timeline;
  SegmentEntry entry;
  // In a plan: the part of the log taken from it. It begins where the segment before ends; it ends before the
  // segment does where another timeline goes on from its middle, or where the plan stops.
  Lsn from{};
  Lsn to{};
};

struct RejectedSnapshot {
  std::string id;
  std::string reason;
};

// How to reach the target. Executed as it stands.
struct Plan {
  // Whose history the result is part of, and whose path holds all segments: where log before a fork is taken
  // from a later timeline's copy, that one.
  TimelineId timeline;
  std::string snapshot;
  std::vector<PlannedSegment> segments;  // in replay order
  Lsn stop;                              // records that end at or before it are kept
  // The last commit kept, or the snapshot's own point. Of records that cannot be read for want of the key,
  // where the last one kept ends.
  Point reached;
  // Of a time: the segment that shows the first record beyond it, where that is not one of segments.
  std::optional<PlannedSegment> decided_by;
  Lsn fork;                            // where the history of what is restored parts from this one
  std::optional<Point> first_dropped;  // the first commit not kept, where one is archived and known
  std::uint64_t undecidable = 0;       // commits dropped that may have been made before the target time
  std::uint64_t snapshot_bytes = 0;    // logical size of the snapshot
  std::uint64_t log_bytes = 0;         // raw
  std::uint64_t log_stored_bytes = 0;
  std::vector<std::string> warnings;
  std::vector<RejectedSnapshot> rejected;  // newer snapshots that do not do
};

struct Refusal {
  Errc code = Errc::target_unreachable;
  std::string message;
  std::string hint;
  std::optional<TimelinePoint> before;  // the nearest reachable points
  std::optional<TimelinePoint> after;
  std::vector<TimelinePoint> candidates;  // where several would do
};

// What must be read before the question can be answered: manifests of these segments (into the catalogue), or
// facts of them, by scanning their payload.
struct NeedManifests {
  std::vector<PlannedSegment> segments;
};
struct NeedFacts {
  std::vector<PlannedSegment> segments;
};

using FactsBySegment = std::map<std::pair<TimelineId, SegmentNumber>, SegmentFacts>;

using PlanAnswer = std::variant<Plan, Refusal, NeedManifests, NeedFacts>;

// A pure function: the same input gives the same answer. Asks for manifests in batches, and for no more than
// the target needs: for latest, LSN and time those from the snapshot on.
[[nodiscard]] PlanAnswer plan_restore(const Catalogue& catalogue, const FactsBySegment& facts,
                                      const PlanRequest& request);

}  // namespace pitr
