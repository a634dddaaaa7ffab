#pragma once

#include "model/catalogue.hpp"

#include <optional>
#include <vector>

namespace pitr {

// A timeline and its ancestors, the oldest first. Nothing of an element counts beyond its bound, the position
// where the next one forks off; the last has none.
struct PathElement {
  const TimelineEntry* timeline = nullptr;
  std::optional<Lsn> bound;
};

// Throws Errc::corrupt when a document on the way is missing, damaged, or names an ancestor that cannot be
// one.
std::vector<PathElement> timeline_path(const Catalogue& catalogue, TimelineId timeline);

// The same, as far as documents can be read: where they cannot, the timeline alone.
std::vector<PathElement> known_path(const Catalogue& catalogue, const TimelineEntry& timeline);

// The oldest timeline of a path that holds a position.
TimelineId timeline_at(const std::vector<PathElement>& path, Lsn lsn);

// The snapshots that a path can begin with, in the order of the log; an ancestor's only if it lies at or
// before the fork.
std::vector<const SnapshotManifest*> snapshots_on(const Catalogue& catalogue,
                                                  const std::vector<PathElement>& path);

}  // namespace pitr
