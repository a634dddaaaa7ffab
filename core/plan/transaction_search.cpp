#include "plan/transaction_search.hpp"

#include "plan/step_commits.hpp"
#include "plan/wanted_xid.hpp"
#include "plan/wording.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace pitr {

namespace {

struct Sighting {
  TimelinePoint at;
  bool was_rolled_back;
};

// Where a transaction may have ended, as far as the segments tell.
struct Sightings {
  std::map<Lsn, Sighting> ends;             // by position: a segment archived twice shows one end twice
  const SegmentManifest* bridge = nullptr;  // hides it
  std::vector<std::string> damaged;
  NeedFacts need;
};

bool may_hold(const SegmentManifest& manifest, const WantedXid& wanted) {
  return manifest.xid ? wanted.may_lie_in(*manifest.xid) : manifest.commits.count != 0;
}

void look_into(const Planning& planning, const PathElement& element, const SegmentEntry& entry,
               const WantedXid& wanted, Sightings& sightings) {
  const TimelineId timeline = element.timeline->id;
  const SegmentManifest* manifest = manifest_of(planning, timeline, entry);
  if (manifest == nullptr) {
    sightings.damaged.push_back(fmt::format("{} cannot be read: {}", name_segment(timeline, entry),
                                            planning.catalogue.loaded(timeline, entry)->problem));
    return;
  }
  const auto add = [&](const Point& point, bool was_rolled_back) {
    if (!wanted.is(point.xid) || (element.bound && point.lsn > *element.bound)) return false;
    sightings.ends.emplace(point.lsn, Sighting{{timeline, point}, was_rolled_back});
    return true;
  };
  if (!may_hold(*manifest, wanted) || (element.bound && manifest->start_lsn >= *element.bound)) return;
  if (manifest->content == SegmentContent::bridge) {
    const bool is_its_own = manifest->commits.last && add(*manifest->commits.last, false);
    if (!is_its_own && manifest->xid) sightings.bridge = manifest;
    return;
  }
  const PlannedSegment segment{timeline, entry};
  const SegmentFacts* facts = known_facts_of(planning, segment);
  if (facts == nullptr) {
    sightings.need.segments.push_back(segment);
    return;
  }
  require_unsealed(*facts, segment, "a transaction");
  for (const CommitFact& commit : facts->commits) add(commit.point, false);
  // What ended and is no commit was rolled back.
  for (const TimedRecord& end : facts->timed) add({end.end, end.time, end.xid}, true);
}

Sightings look_everywhere(const Planning& planning, const std::vector<PathElement>& path,
                          const WantedXid& wanted) {
  Sightings sightings;
  for (const PathElement& element : path) {
    for (const SegmentEntry& entry : element.timeline->segments)
      look_into(planning, element, entry, wanted, sightings);
  }
  if (!sightings.need.segments.empty()) throw Missing{std::move(sightings.need)};
  for (const SnapshotManifest* snapshot : snapshots_on(planning.catalogue, path)) {
    if (wanted.is(snapshot->point.xid) && sightings.ends.empty()) {
      sightings.ends.emplace(snapshot->consistent_lsn,
                             Sighting{{snapshot->timeline, snapshot_point(*snapshot)}, false});
    }
  }
  return sightings;
}

// The reachable commits on both sides of a transaction number.
class Neighbours {
 public:
  explicit Neighbours(Xid xid) : xid_(xid) {}

  void add(const std::optional<Point>& point) {
    if (!point || !point->xid) return;
    if (*point->xid < xid_ && (!before || *before->xid < *point->xid)) before = point;
    if (*point->xid > xid_ && (!after || *after->xid > *point->xid)) after = point;
  }

  std::optional<Point> before;
  std::optional<Point> after;

 private:
  Xid xid_;
};

void add_step(const Planning& planning, const Route& route, const ChainStep& step, Neighbours& neighbours) {
  const auto add = [&](const Point& point) {
    const bool is_taken = point.lsn > step.segment.from && point.lsn <= step.segment.to;
    if (is_taken && point.lsn > route.snapshot().consistent_lsn) neighbours.add(point);
  };
  if (step.manifest->commits.first) add(*step.manifest->commits.first);
  if (step.manifest->commits.last) add(*step.manifest->commits.last);
  if (const SegmentFacts* facts = known_facts_of(planning, step.segment)) {
    for (const CommitFact& commit : facts->commits) add(commit.point);
  }
}

Neighbours reachable_neighbours(const Planning& planning, const std::vector<PathElement>& path, Xid xid) {
  Neighbours neighbours(xid);
  Lsn covered{0};
  for (const SnapshotManifest* snapshot : snapshots_on(planning.catalogue, path)) {
    neighbours.add(snapshot_point(*snapshot));
    if (snapshot->start_lsn < covered) continue;
    Route route(planning, path, *snapshot, ReadAhead::all);
    while (route.advance()) add_step(planning, route, route.last_step(), neighbours);
    covered = route.walk().position();
  }
  return neighbours;
}

Refusal refuse_ambiguous(const Sightings& sightings, const Refusals& refusals, Xid xid) {
  Refusal refusal{Errc::ambiguous_target, {}, {}, {}, {}, {}};
  std::string places;
  for (const auto& [lsn, sighting] : sightings.ends) {
    const Point& point = sighting.at.point;
    places += (places.empty() ? "" : ", ") + name_point(point, refusals.notation());
    if (sighting.was_rolled_back) places += " (rolled back)";
    refusal.hint += (refusal.hint.empty() ? "" : " or ") + refusals.to_lsn(lsn);
    if (point.xid != xid) refusal.hint += fmt::format(" (--to-xid {})", point.xid->value);
    refusal.candidates.push_back(sighting.at);
  }
  refusal.message = fmt::format("{} ended {} times: {}", refusals.target(), sightings.ends.size(), places);
  return refusal;
}

// Of all that a short id may stand for, the one that lies closest to the newest id archived.
Xid newest_meaning(const Planning& planning, const std::vector<PathElement>& path, Xid xid) {
  if (!planning.request.log.short_xids) return xid;
  Xid newest;
  for (const SnapshotManifest* snapshot : snapshots_on(planning.catalogue, path))
    newest = std::max(newest, snapshot->point.xid.value_or(newest));
  for (const PathElement& element : path) {
    for (const SegmentEntry& entry : element.timeline->segments) {
      const SegmentManifest* manifest = manifest_of(planning, element.timeline->id, entry);
      if (manifest != nullptr && manifest->xid) newest = std::max(newest, manifest->xid->max);
    }
  }
  return WantedXid(xid, true).closest_to(newest);
}

std::string nearest_transactions(const Neighbours& neighbours) {
  if (neighbours.before && neighbours.after) {
    return fmt::format("--to-xid {} is the nearest before, --to-xid {} the nearest after",
                       neighbours.before->xid->value, neighbours.after->xid->value);
  }
  if (neighbours.before)
    return fmt::format("--to-xid {} is the last there is", neighbours.before->xid->value);
  if (neighbours.after) return fmt::format("--to-xid {} is the first there is", neighbours.after->xid->value);
  return "pitrctl list transactions shows all there are";
}

Refusal refuse_unseen(const Planning& planning, const std::vector<PathElement>& path,
                      const Refusals& refusals, const Sightings& sightings, Xid xid) {
  const Neighbours neighbours = reachable_neighbours(planning, path, newest_meaning(planning, path, xid));
  Errc code = Errc::not_found;
  std::string message =
      fmt::format("no transaction {} is archived on timeline {}", xid.value, path.back().timeline->id.value);
  if (sightings.bridge != nullptr) {
    code = Errc::target_unreachable;
    message =
        fmt::format("transaction {} lies inside a bridge, between LSN {} and {}: it cannot be told apart",
                    xid.value, format_lsn(sightings.bridge->start_lsn, refusals.notation()),
                    format_lsn(sightings.bridge->end_lsn, refusals.notation()));
  } else if (!sightings.damaged.empty() && neighbours.after) {
    code = Errc::corrupt;
    message = fmt::format("no transaction {} is in any segment of timeline {} that can be read: {}",
                          xid.value, path.back().timeline->id.value, sightings.damaged.front());
  }
  Refusal refusal = refusals.between(code, std::move(message), neighbours.before, neighbours.after);
  refusal.hint = nearest_transactions(neighbours);
  return refusal;
}

}  // namespace

std::variant<FoundTransaction, Refusal> find_transaction(const Planning& planning,
                                                         const std::vector<PathElement>& path,
                                                         const Refusals& refusals, Xid xid) {
  require_all_manifests(planning, path);
  const Sightings sightings = look_everywhere(planning, path, {xid, planning.request.log.short_xids});
  if (sightings.ends.size() > 1) return refuse_ambiguous(sightings, refusals, xid);
  if (sightings.ends.empty()) return refuse_unseen(planning, path, refusals, sightings, xid);
  const auto& [end, sighting] = *sightings.ends.begin();
  return FoundTransaction{end, sighting.was_rolled_back};
}

}  // namespace pitr
