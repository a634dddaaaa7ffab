#include "plan/snapshot_log.hpp"

#include "plan/chain.hpp"
#include "plan/path.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace pitr {

namespace {

bool holds(const std::vector<PathElement>& path, const SnapshotManifest& snapshot) {
  return std::any_of(path.begin(), path.end(), [&](const PathElement& element) {
    return element.timeline->id == snapshot.timeline &&
           (!element.bound || snapshot.consistent_lsn <= *element.bound);
  });
}

// How a snapshot's log ends on one path; nothing where it is whole.
std::optional<SnapshotWithoutLog> log_on(const SegmentLookup& lookup, const std::vector<PathElement>& path,
                                         const SnapshotManifest& snapshot) {
  ChainWalk walk(lookup, path, chain_start(snapshot));
  while (walk.position() < snapshot.consistent_lsn) {
    if (walk.next()) continue;
    if (!walk.needed().empty())
      throw Error(Errc::internal, "snapshots were looked at before all manifests were loaded");
    return SnapshotWithoutLog{&snapshot, walk.position(), code_of(walk.stop()), walk.stop_reason()};
  }
  return std::nullopt;
}

std::vector<std::vector<PathElement>> readable_paths(const Catalogue& catalogue) {
  std::vector<std::vector<PathElement>> paths;
  for (const auto& [id, timeline] : catalogue.timelines) {
    try {
      paths.push_back(timeline_path(catalogue, id));
    } catch (const Error& error) {
      if (error.code() != Errc::corrupt) throw;  // a damaged document, which is told of elsewhere
    }
  }
  return paths;
}

// Nothing where it is whole on any path; else the end on the one that leads furthest, a child's rather than
// its parent's: it knows of log that the parent must have had.
std::optional<SnapshotWithoutLog> log_on_any(const SegmentLookup& lookup,
                                             const std::vector<std::vector<PathElement>>& paths,
                                             const SnapshotManifest& snapshot) {
  std::optional<SnapshotWithoutLog> furthest;
  for (const auto& path : paths) {
    if (!holds(path, snapshot)) continue;
    auto broken = log_on(lookup, path, snapshot);
    if (!broken) return std::nullopt;
    if (!furthest || broken->log_end >= furthest->log_end) furthest = std::move(broken);
  }
  return furthest;
}

}  // namespace

std::vector<SnapshotWithoutLog> snapshots_without_log(const Catalogue& catalogue) {
  const SegmentLookup lookup(catalogue);
  const auto paths = readable_paths(catalogue);
  std::vector<SnapshotWithoutLog> found;
  for (const SnapshotManifest& snapshot : catalogue.snapshots) {
    if (snapshot.start_lsn == snapshot.consistent_lsn) continue;
    if (auto broken = log_on_any(lookup, paths, snapshot)) found.push_back(std::move(*broken));
  }
  return found;
}

}  // namespace pitr
