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
};

bool is_on(const std::vector<PathElement>& path, const TimelinePoint& at) {
  return std::any_of(path.begin(), path.end(), [&](const PathElement& element) {
    return element.timeline->id == at.timeline && (!element.bound || at.point.lsn <= *element.bound);
  });
}

void add_logged(const Planning& planning, const std::vector<PathElement>& path, std::vector<Named>& names) {
  if (!planning.request.log.restore_points) return;
  require_all_manifests(planning, path);
  for (const PathElement& element : path) {
    for (const SegmentEntry& entry : element.timeline->segments) {
      const SegmentManifest* manifest = manifest_of(planning, element.timeline->id, entry);
      if (manifest == nullptr) continue;
      for (const LoggedRestorePoint& logged : manifest->restore_points) {
        names.push_back({logged.name, {element.timeline->id, logged.point}});
      }
    }
  }
}

// Every restore point the request may mean: those on its timeline's path, or all of them.
std::vector<Named> all_names(const Planning& planning, const std::vector<PathElement>& path) {
  std::vector<Named> names;
  for (const RestorePoint& point : planning.catalogue.restore_points) {
    if (!point.deleted) names.push_back({point.name, {point.timeline, point.point}});
  }
  add_logged(planning, path, names);
  if (planning.request.timeline)
    std::erase_if(names, [&](const Named& named) { return !is_on(path, named.at); });
  std::sort(names.begin(), names.end(), [](const Named& a, const Named& b) {
    return std::tie(a.name, a.at.point.lsn, a.at.timeline) < std::tie(b.name, b.at.point.lsn, b.at.timeline);
  });
  return names;
}

std::vector<TimelinePoint> matching(const std::vector<Named>& names, const std::string& name,
                                    std::optional<Lsn> lsn) {
  std::vector<TimelinePoint> found;
  for (const Named& named : names) {
    const bool is_repeated = !found.empty() && found.back() == named.at;
    if (named.name == name && (!lsn || named.at.point.lsn == *lsn) && !is_repeated) found.push_back(named.at);
  }
  return found;
}

std::string list_similar(const std::vector<Named>& names, const std::string& wanted) {
  std::vector<std::string> known;
  for (const Named& named : names) {
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

Refusal refuse_unknown(const Planning& planning, const std::vector<Named>& names,
                       const ToRestorePoint& target) {
  Refusal refusal{Errc::not_found, {}, {}, {}, {}, {}};
  const LsnNotation notation = planning.catalogue.notation;
  refusal.message = fmt::format("there is no {}", describe(target, notation));
  for (const TimelinePoint& other : matching(names, target.name, std::nullopt)) {
    refusal.hint += fmt::format("{}{}@{}", refusal.hint.empty() ? "there is " : " and ", target.name,
                                format_lsn(other.point.lsn, notation));
    refusal.candidates.push_back(other);
  }
  if (!refusal.hint.empty()) return refusal;
  refusal.hint = names.empty() ? "there are none; pitrctl restore-point create NAME SOURCE makes one"
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

// One position of a path is one state, whichever of its timelines the point was written on.
void merge_same_state(const std::vector<PathElement>& path, std::vector<TimelinePoint>& found) {
  const auto is_same = [&](const TimelinePoint& a, const TimelinePoint& b) {
    return a.point.lsn == b.point.lsn && is_on(path, a) && is_on(path, b);
  };
  found.erase(std::unique(found.begin(), found.end(), is_same), found.end());
}

}  // namespace

std::variant<NamedPlace, Refusal> find_restore_point(const Planning& planning,
                                                     const std::vector<PathElement>& default_path,
                                                     const ToRestorePoint& target) {
  const std::vector<Named> names = all_names(planning, default_path);
  std::vector<TimelinePoint> found = matching(names, target.name, target.lsn);
  if (found.empty() && target.lsn) {  // the name itself may end so
    found = matching(names, target.name + "@" + format_lsn(*target.lsn, planning.catalogue.notation),
                     std::nullopt);
  }
  if (found.empty()) return refuse_unknown(planning, names, target);
  merge_same_state(default_path, found);
  if (found.size() > 1) return refuse_ambiguous(planning, found, target);
  const TimelinePoint& at = found.front();
  const bool is_on_default = is_on(default_path, at);
  return NamedPlace{at.point.lsn,
                    is_on_default ? default_path : timeline_path(planning.catalogue, at.timeline)};
}

}  // namespace pitr
