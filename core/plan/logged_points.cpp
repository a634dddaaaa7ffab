#include "plan/logged_points.hpp"

#include "plan/path.hpp"

#include <set>
#include <tuple>
#include <utility>

namespace pitr {

namespace {

RestorePoint describe(const Catalogue& catalogue, const SegmentManifest& manifest,
                      const LoggedRestorePoint& logged) {
  RestorePoint point;
  point.repository = catalogue.repository;
  point.name = logged.name;
  point.timeline = manifest.timeline;
  point.point = logged.point;
  point.created_at = logged.point.time.value_or(manifest.archived_at);
  point.logged = true;
  return point;
}

}  // namespace

std::vector<RestorePoint> logged_restore_points(const Catalogue& catalogue) {
  std::vector<RestorePoint> points;
  std::set<std::tuple<TimelineId, Lsn, std::string>> known;  // by the history they are part of
  // A timeline's ancestors are numbered lower, and so come before it.
  for (const auto& [id, timeline] : catalogue.timelines) {
    const auto path = known_path(catalogue, timeline);
    for (const SegmentEntry& entry : timeline.segments) {
      const Catalogue::Loaded* loaded = catalogue.loaded(id, entry);
      if (loaded == nullptr || !loaded->manifest) continue;
      for (const LoggedRestorePoint& logged : loaded->manifest->restore_points) {
        const TimelineId holder = timeline_at(path, logged.point.lsn);
        if (known.emplace(holder, logged.point.lsn, logged.name).second)
          points.push_back(describe(catalogue, *loaded->manifest, logged));
      }
    }
  }
  return points;
}

}  // namespace pitr
