#include "plan/path.hpp"

#include "base/error.hpp"

#include <algorithm>
#include <cstddef>
#include <tuple>

#include <fmt/format.h>

namespace pitr {

namespace {

const TimelineEntry& readable_timeline(const Catalogue& catalogue, TimelineId id,
                                       std::optional<TimelineId> child) {
  const TimelineEntry* entry = catalogue.timeline(id);
  if (entry != nullptr && entry->document) return *entry;
  const std::string whose = child ? fmt::format(", which timeline {} comes from,", child->value) : "";
  throw Error(Errc::corrupt,
              fmt::format("the document of timeline {}{} is missing or cannot be read", id.value, whose),
              "pitrctl validate shows what is damaged; --timeline chooses another timeline");
}

// Nothing of an element counts beyond the fork of any later one.
void tighten_bounds(std::vector<PathElement>& path) {
  for (std::size_t i = path.size() - 1; i-- > 0;) {
    if (path[i + 1].bound && *path[i + 1].bound < *path[i].bound) path[i].bound = path[i + 1].bound;
  }
}

}  // namespace

std::vector<PathElement> timeline_path(const Catalogue& catalogue, TimelineId timeline) {
  std::vector<PathElement> path{{&readable_timeline(catalogue, timeline, std::nullopt), std::nullopt}};
  while (path.back().timeline->document->parent) {
    const TimelineDocument& document = *path.back().timeline->document;
    const TimelineId child = path.back().timeline->id;
    // A parent is older, and so numbered lower: this is also what ends the loop.
    if (*document.parent >= child || !document.fork_lsn) {
      throw Error(Errc::corrupt, fmt::format("timeline {} names timeline {} as its parent, which cannot be",
                                             child.value, document.parent->value));
    }
    path.push_back({&readable_timeline(catalogue, *document.parent, child), document.fork_lsn});
  }
  std::reverse(path.begin(), path.end());
  tighten_bounds(path);
  return path;
}

std::vector<PathElement> known_path(const Catalogue& catalogue, const TimelineEntry& timeline) {
  try {
    return timeline_path(catalogue, timeline.id);
  } catch (const Error&) {
    return {{&timeline, std::nullopt}};
  }
}

TimelineId timeline_at(const std::vector<PathElement>& path, Lsn lsn) {
  for (const PathElement& element : path) {
    if (!element.bound || lsn <= *element.bound) return element.timeline->id;
  }
  return path.back().timeline->id;
}

std::vector<const SnapshotManifest*> snapshots_on(const Catalogue& catalogue,
                                                  const std::vector<PathElement>& path) {
  std::vector<const SnapshotManifest*> found;
  for (const PathElement& element : path) {
    const auto first = static_cast<std::ptrdiff_t>(found.size());
    for (const SnapshotManifest& snapshot : catalogue.snapshots) {
      if (snapshot.timeline != element.timeline->id) continue;
      if (!element.bound || snapshot.consistent_lsn <= *element.bound) found.push_back(&snapshot);
    }
    std::sort(found.begin() + first, found.end(), [](const SnapshotManifest* a, const SnapshotManifest* b) {
      return std::tie(a->consistent_lsn, a->id) < std::tie(b->consistent_lsn, b->id);
    });
  }
  return found;
}

}  // namespace pitr
