#include "plan/snapshot_choice.hpp"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

namespace pitr {

namespace {

constexpr std::string_view kSnapshotFolder = "snapshots/";
constexpr std::size_t kShownIds = 5;

bool is_on(const std::vector<PathElement>& path, const Planning& planning, const SnapshotManifest& wanted) {
  const auto on_path = snapshots_on(planning.catalogue, path);
  return std::find(on_path.begin(), on_path.end(), &wanted) != on_path.end();
}

std::string newest_ids(const std::vector<const SnapshotManifest*>& snapshots) {
  std::string text;
  for (std::size_t i = 0; i < std::min(kShownIds, snapshots.size()); ++i) {
    text += (i == 0 ? "" : ", ") + snapshots[snapshots.size() - 1 - i]->id;
  }
  if (snapshots.size() > kShownIds) text += fmt::format(" and {} older ones", snapshots.size() - kShownIds);
  return text;
}

Refusal refuse_damaged(const DamagedSnapshot& damaged) {
  return {Errc::corrupt,
          fmt::format("snapshot {} cannot be read: {}", damaged.id, damaged.problem),
          "pitrctl validate shows all that is damaged",
          {},
          {},
          {}};
}

}  // namespace

std::vector<DamagedSnapshot> damaged_snapshots(const Catalogue& catalogue) {
  std::vector<DamagedSnapshot> found;
  for (const Damage& damage : catalogue.damaged) {
    if (!damage.object.starts_with(kSnapshotFolder)) continue;
    const std::string name = damage.object.substr(kSnapshotFolder.size());
    found.push_back({name.substr(0, name.find('.')), damage.problem});
  }
  std::sort(found.begin(), found.end(),
            [](const DamagedSnapshot& a, const DamagedSnapshot& b) { return a.id < b.id; });
  return found;
}

Refusal refuse_without_snapshot(const Planning& planning, const std::vector<PathElement>& path) {
  const auto damaged = damaged_snapshots(planning.catalogue);
  if (!damaged.empty()) return refuse_damaged(damaged.back());
  return {Errc::no_base_snapshot,
          fmt::format("no snapshot is on the history of timeline {}", path.back().timeline->id.value),
          "pitrctl list snapshots shows all there are; pitrctl snapshot SOURCE takes one",
          {},
          {},
          {}};
}

std::optional<Refusal> check_forced_snapshot(const Planning& planning, const std::vector<PathElement>& path) {
  if (!planning.request.snapshot) return std::nullopt;
  const std::string& id = *planning.request.snapshot;
  const SnapshotManifest* wanted = planning.catalogue.snapshot(id);
  if (wanted != nullptr && is_on(path, planning, *wanted)) return std::nullopt;
  if (wanted != nullptr) {
    return Refusal{
        Errc::target_unreachable,
        fmt::format("snapshot {} (timeline {}, LSN {}) is not on the history of timeline {}", id,
                    wanted->timeline.value, format_lsn(wanted->consistent_lsn, planning.catalogue.notation),
                    path.back().timeline->id.value),
        fmt::format("--timeline {} is the history it is on", wanted->timeline.value),
        {},
        {},
        {}};
  }
  for (const DamagedSnapshot& damaged : damaged_snapshots(planning.catalogue)) {
    if (damaged.id == id) return refuse_damaged(damaged);
  }
  const auto known = snapshots_on(planning.catalogue, path);
  return Refusal{
      Errc::not_found,
      fmt::format("there is no snapshot {}", id),
      known.empty() ? "pitrctl list snapshots shows all there are" : "there are " + newest_ids(known),
      {},
      {},
      {}};
}

void report_damaged_snapshots(const Planning& planning, const SnapshotManifest* next, Plan& plan) {
  if (planning.request.snapshot) return;
  for (const DamagedSnapshot& damaged : damaged_snapshots(planning.catalogue)) {
    if (damaged.id < plan.snapshot || (next != nullptr && damaged.id > next->id)) continue;
    plan.rejected.push_back({damaged.id, "it cannot be read: " + damaged.problem});
    plan.warnings.push_back(fmt::format("snapshot {} cannot be read ({}): the older {} is used", damaged.id,
                                        damaged.problem, plan.snapshot));
  }
}

}  // namespace pitr
