#include "plan/planning.hpp"

#include "base/error.hpp"
#include "plan/wording.hpp"

#include <fmt/format.h>

namespace pitr {

const SegmentManifest* manifest_of(const Planning& planning, TimelineId timeline, const SegmentEntry& entry) {
  const Catalogue::Loaded* loaded = planning.catalogue.loaded(timeline, entry);
  if (loaded == nullptr) throw Missing{NeedManifests{{{timeline, entry}}}};
  return loaded->manifest ? &*loaded->manifest : nullptr;
}

const SegmentFacts* known_facts_of(const Planning& planning, const PlannedSegment& segment) {
  const auto found = planning.facts.find({segment.timeline, segment.entry.number});
  return found == planning.facts.end() ? nullptr : &found->second;
}

const SegmentFacts& facts_of(const Planning& planning, const PlannedSegment& segment) {
  const SegmentFacts* facts = known_facts_of(planning, segment);
  if (facts == nullptr) throw Missing{NeedFacts{{segment}}};
  return *facts;
}

void require_unsealed(const SegmentFacts& facts, const PlannedSegment& segment, std::string_view what) {
  if (facts.sealed == 0) return;
  throw Error(Errc::usage,
              fmt::format("{} is encrypted, and {} cannot be found in it without its key",
                          name_segment(segment.timeline, segment.entry), what),
              "give --source-key-file");
}

void require_all_manifests(const Planning& planning, const std::vector<PathElement>& path) {
  NeedManifests need;
  for (const PathElement& element : path) {
    for (const SegmentEntry& entry : element.timeline->segments) {
      if (planning.catalogue.loaded(element.timeline->id, entry) == nullptr) {
        need.segments.push_back({element.timeline->id, entry});
      }
    }
  }
  if (!need.segments.empty()) throw Missing{std::move(need)};
}

}  // namespace pitr
