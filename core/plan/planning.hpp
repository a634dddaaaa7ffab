#pragma once

#include "plan/path.hpp"
#include "plan/planner.hpp"
#include "plan/segment_numbers.hpp"

#include <string_view>
#include <variant>
#include <vector>

namespace pitr {

// What one call of plan_restore() works on.
struct Planning {
  const Catalogue& catalogue;
  const FactsBySegment& facts;
  const PlanRequest& request;
  SegmentLookup lookup;
};

// Thrown where the answer depends on something not read yet, and caught by plan_restore() alone, which hands
// it to the caller: a plan asks its questions from deep inside.
struct Missing {
  std::variant<NeedManifests, NeedFacts> need;
};

// The manifest of a segment, or null when it cannot be read. Throws Missing when it has not been loaded.
const SegmentManifest* manifest_of(const Planning& planning, TimelineId timeline, const SegmentEntry& entry);

// The facts of a segment. Throws Missing when they are not at hand.
const SegmentFacts& facts_of(const Planning& planning, const PlannedSegment& segment);

// Throws a usage error for a segment that `what` ("a time") cannot be found in, because its records could not
// be read.
void require_unsealed(const SegmentFacts& facts, const PlannedSegment& segment, std::string_view what);

// The facts of a segment, if they are at hand.
const SegmentFacts* known_facts_of(const Planning& planning, const PlannedSegment& segment);

// Throws Missing for all manifests of these timelines that have not been loaded.
void require_all_manifests(const Planning& planning, const std::vector<PathElement>& path);

}  // namespace pitr
