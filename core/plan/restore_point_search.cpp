#include "plan/restore_point_search.hpp"

#include "plan/edit_distance.hpp"
#include "plan/wording.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace pitr {

namespace {

constexpr std::size_t kShownNames = 5;

struct Named {
  std::string name;
  TimelinePoint at;
  TimelineId holder;  // whose history it is part of: an ancestor's, in a copy of the log before a fork
};

// What can be looked through.
struct Names {
  std::vector<Named> all;
  std::vector<std::string> damaged;  // segments that may hold more
};

bool is_on(const std::vector<PathElement>& path, const TimelinePoint& at) {
  return std::any_of(path.begin(), path.end(), [&](const PathElement& element) {
    return element.timeline->id == at.timeline && (!element.bound || at.point.lsn <= *element.bound);
  });
}

void add_logged(const Planning& planning, const TimelineEntry& timeline, Names& names) {
  const auto path = known_path(planning.catalogue, timeline);
  for (const SegmentEntry& entry : timeline.segments) {
    const SegmentManifest* manifest = manifest_of(planning, timeline.id, entry);
    if (manifest == nullptr) {
      names.damaged.push_back(fmt::format("{} cannot be read: {}", name_segment(timeline.id, entry),
                                          planning.catalogue.loaded(timeline.id, entry)->problem));
      continue;
    }
    for (const LoggedRestorePoint& logged : manifest->restore_points) {
      names.all.push_back({logged.name, {timeline.id, logged.point}, timeline_at(path, logged.point.lsn)});
    }
  }
}

// The timelines whose log the request may mean: those of its timeline's path, or all of them.
std::vector<PathElement> searched(const Planning& planning, const std::vector<PathElement>& path) {
  if (planning.request.timeline) return path;
  std::vector<PathElement> all;
  for (const auto& [id, timeline] : planning.catalogue.timelines) all.push_back({&timeline, std::nullopt});
  return all;
}

Names all_names(const Planning& planning, const std::vector<PathElement>& path) {
  Names names;
  for (const RestorePoint& point : planning.catalogue.restore_points) {
    if (!point.deleted) names.all.push_back({point.name, {point.timeline, point.point}, point.timeline});
  }
  if (planning.request.log.restore_points) {
    const auto timelines = searched(planning, path);
    require_all_manifests(planning, timelines);
    for (const PathElement& element : timelines) add_logged(planning, *element.timeline, names);
  }
  if (planning.request.timeline)
    std::erase_if(names.all, [&](const Named& named) { return !is_on(path, named.at); });
  std::sort(names.all.begin(), names.all.end(), [](const Named& a, const Named& b) {
    return std::tie(a.name, a.at.point.lsn, a.holder, a.at.timeline) <
           std::tie(b.name, b.at.point.lsn, b.holder, b.at.timeline);
  });
  return names;
}

// One position of a history is one state, however many of its timelines the point stands on.
bool is_same_state(const std::vector<PathElement>& path, const Named& a, const Named& b) {
  if (a.at.point.lsn != b.at.point.lsn) return false;
  return a.holder == b.holder || (is_on(path, a.at) && is_on(path, b.at));
}

// Points of a name, each state once: as it stands on the path, if it does.
std::vector<TimelinePoint> matching(const Names& names, const std::vector<PathElement>& path,
                                    const std::string& name, std::optional<Lsn> lsn) {
  std::vector<Named> found;
  for (const Named& named : names.all) {
    if (named.name != name || (lsn && named.at.point.lsn != *lsn)) continue;
    if (found.empty() || !is_same_state(path, found.back(), named)) {
      found.push_back(named);
    } else if (!is_on(path, found.back().at) && is_on(path, named.at)) {
      found.back() = named;
    }
  }
  std::vector<TimelinePoint> points;
  points.reserve(found.size());
  for (const Named& named : found) points.push_back(named.at);
  return points;
}

std::string list_similar(const Names& names, const std::string& wanted) {
  std::vector<std::string> known;
  for (const Named& named : names.all) {
    if (known.empty() || known.back() != named.name) known.push_back(named.name);
  }
  const std::size_t all = known.size();
  std::stable_sort(known.begin(), known.end(), [&](const std::string& a, const std::string& b) {
    return edit_distance(a, wanted) < edit_distance(b, wanted);
  });
  known.resize(std::min(all, kShownNames));
  std::string text;
  for (const std::string& name : known) text += (text.empty() ? "" : ", ") + name;
  if (all > known.size()) text += fmt::format(" and {} more", all - known.size());
  return text;
}

Refusal refuse_unknown(const Planning& planning, const Names& names, const std::vector<PathElement>& path,
                       const ToRestorePoint& target) {
  Refusal refusal{Errc::not_found, {}, {}, {}, {}, {}};
  const LsnNotation notation = planning.catalogue.notation;
  refusal.message = fmt::format("there is no {}", describe(target, notation));
  if (!names.damaged.empty()) {
    refusal.code = Errc::corrupt;
    refusal.message += fmt::format(" in any segment that can be read: {}", names.damaged.front());
  }
  for (const TimelinePoint& other : matching(names, path, target.name, std::nullopt)) {
    refusal.hint += fmt::format("{}{}@{}", refusal.hint.empty() ? "there is " : " and ", target.name,
                                format_lsn(other.point.lsn, notation));
    refusal.candidates.push_back(other);
  }
  if (!refusal.hint.empty()) return refusal;
  refusal.hint = names.all.empty() ? "there are none; pitrctl restore-point create NAME SOURCE makes one"
                                   : "there are " + list_similar(names, target.name);
  return refusal;
}

Refusal refuse_ambiguous(const Planning& planning, const std::vector<TimelinePoint>& found,
                         const ToRestorePoint& target) {
  Refusal refusal{Errc::ambiguous_target, {}, {}, {}, {}, found};
  const LsnNotation notation = planning.catalogue.notation;
  std::string places;
  for (const TimelinePoint& at : found) {
    places += fmt::format("{}{} on timeline {}", places.empty() ? "" : ", ", name_point(at.point, notation),
                          at.timeline.value);
    const bool is_told_apart = std::count_if(found.begin(), found.end(), [&](const TimelinePoint& other) {
                                 return other.point.lsn == at.point.lsn;
                               }) == 1;
    refusal.hint += fmt::format("{}--to-restore-point {}@{}", refusal.hint.empty() ? "" : " or ", target.name,
                                format_lsn(at.point.lsn, notation));
    if (!is_told_apart) refusal.hint += fmt::format(" --timeline {}", at.timeline.value);
  }
  refusal.message = fmt::format("{} restore points are named {}: {}", found.size(), target.name, places);
  return refusal;
}

}  // namespace

std::variant<NamedPlace, Refusal> find_restore_point(const Planning& planning,
                                                     const std::vector<PathElement>& default_path,
                                                     const ToRestorePoint& target) {
  const Names names = all_names(planning, default_path);
  std::vector<TimelinePoint> found = matching(names, default_path, target.name, target.lsn);
  if (found.empty() && target.lsn) {  // the name itself may end so
    found = matching(names, default_path,
                     target.name + "@" + format_lsn(*target.lsn, planning.catalogue.notation), std::nullopt);
  }
  if (found.empty()) return refuse_unknown(planning, names, default_path, target);
  if (found.size() > 1) return refuse_ambiguous(planning, found, target);
  const TimelinePoint& at = found.front();
  const bool is_on_default = is_on(default_path, at);
  return NamedPlace{at.point.lsn,
                    is_on_default ? default_path : timeline_path(planning.catalogue, at.timeline)};
}

}  // namespace pitr
