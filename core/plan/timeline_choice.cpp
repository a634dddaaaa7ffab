#include "plan/timeline_choice.hpp"

#include "base/error.hpp"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

namespace pitr {

namespace {

Refusal refuse_unknown(const Catalogue& catalogue, TimelineId wanted) {
  std::string known;
  for (const auto& [id, entry] : catalogue.timelines)
    known += (known.empty() ? "" : ", ") + std::to_string(id.value);
  return {Errc::not_found,
          fmt::format("there is no timeline {}", wanted.value),
          known.empty() ? "nothing has been archived yet" : "there are timelines " + known,
          {},
          {},
          {}};
}

Refusal refuse_without_timeline(const Catalogue& catalogue) {
  if (catalogue.timelines.empty()) {
    return {Errc::no_base_snapshot,
            "nothing has been archived yet",
            "pitrctl archive SOURCE takes the first snapshot",
            {},
            {},
            {}};
  }
  return {Errc::corrupt,
          "no timeline's document can be read",
          "pitrctl validate shows what is damaged",
          {},
          {},
          {}};
}

bool holds_anything(const Catalogue& catalogue, const TimelineEntry& timeline) {
  return !timeline.segments.empty() ||
         std::any_of(catalogue.snapshots.begin(), catalogue.snapshots.end(),
                     [&](const SnapshotManifest& snapshot) { return snapshot.timeline == timeline.id; });
}

std::optional<TimelineId> highest(const Catalogue& catalogue, auto is_wanted) {
  const auto found = std::find_if(catalogue.timelines.rbegin(), catalogue.timelines.rend(),
                                  [&](const auto& item) { return is_wanted(item.second); });
  if (found == catalogue.timelines.rend()) return std::nullopt;
  return found->first;
}

bool is_readable(const TimelineEntry& timeline) { return timeline.document.has_value(); }

// A server that writes its log by itself makes a timeline known when it begins, long before the first segment
// of it is full.
std::optional<TimelineId> default_timeline(const Planning& planning) {
  const Catalogue& catalogue = planning.catalogue;
  if (planning.request.log.times) {
    const auto begun = highest(catalogue, [&](const TimelineEntry& timeline) {
      return is_readable(timeline) && holds_anything(catalogue, timeline);
    });
    if (begun) return begun;
  }
  return highest(catalogue, is_readable);
}

std::vector<std::string> warn_of_higher(const Catalogue& catalogue, TimelineId chosen) {
  std::vector<std::string> warnings;
  for (auto it = catalogue.timelines.upper_bound(chosen); it != catalogue.timelines.end(); ++it) {
    const std::string problem =
        is_readable(it->second)
            ? fmt::format("nothing of timeline {} is archived yet", it->first.value)
            : fmt::format("the document of timeline {} is missing or cannot be read", it->first.value);
    warnings.push_back(fmt::format("{}: planned on timeline {}", problem, chosen.value));
  }
  return warnings;
}

// The path of a snapshot that was asked for, where the default path does not lead over it.
std::optional<ChosenPath> path_of_forced_snapshot(const Planning& planning,
                                                  const std::vector<PathElement>& path) {
  if (!planning.request.snapshot) return std::nullopt;
  const SnapshotManifest* forced = planning.catalogue.snapshot(*planning.request.snapshot);
  if (forced == nullptr) return std::nullopt;
  const auto on_path = snapshots_on(planning.catalogue, path);
  if (std::find(on_path.begin(), on_path.end(), forced) != on_path.end()) return std::nullopt;
  return ChosenPath{timeline_path(planning.catalogue, forced->timeline),
                    {fmt::format("snapshot {} is not on the history of timeline {}: planned on timeline {}",
                                 forced->id, path.back().timeline->id.value, forced->timeline.value)}};
}

}  // namespace

std::variant<ChosenPath, Refusal> choose_path(const Planning& planning) {
  const Catalogue& catalogue = planning.catalogue;
  if (const auto& wanted = planning.request.timeline) {
    if (catalogue.timeline(*wanted) == nullptr) return refuse_unknown(catalogue, *wanted);
    return ChosenPath{timeline_path(catalogue, *wanted), {}};
  }
  const auto chosen_timeline = default_timeline(planning);
  if (!chosen_timeline) return refuse_without_timeline(catalogue);
  ChosenPath chosen{timeline_path(catalogue, *chosen_timeline), warn_of_higher(catalogue, *chosen_timeline)};
  if (auto forced = path_of_forced_snapshot(planning, chosen.path)) return *forced;
  return chosen;
}

}  // namespace pitr
