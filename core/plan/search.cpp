#include "plan/search.hpp"

#include "plan/snapshot_choice.hpp"
#include "plan/wording.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include <fmt/format.h>

namespace pitr {

namespace {

class Search {
 public:
  Search(const Planning& planning, const std::vector<PathElement>& path, const Refusals& refusals,
         StopRule& rule)
      : planning_(planning),
        path_(path),
        refusals_(refusals),
        rule_(rule),
        on_path_(snapshots_on(planning.catalogue, path)),
        eligible_(rule.count_eligible(on_path_)) {}

  std::variant<Plan, Refusal> run();

 private:
  [[nodiscard]] std::vector<const SnapshotManifest*> candidates() const;
  [[nodiscard]] const SnapshotManifest* next() const;
  [[nodiscard]] Refusal refuse_before_first() const;
  [[nodiscard]] Refusal refuse_end(const Route& route) const;
  Verdict judge(Route& route);
  [[nodiscard]] Plan make_plan(Route& route, const Cut& cut);
  void add_segments(const Route& route, Plan& plan) const;
  void add_later_snapshots(Plan& plan) const;

  const Planning& planning_;
  const std::vector<PathElement>& path_;
  const Refusals& refusals_;
  StopRule& rule_;
  std::vector<const SnapshotManifest*> on_path_;
  std::size_t eligible_;  // the first so many do not lie beyond the target
  std::vector<RejectedSnapshot> rejected_;
};

// What is newest comes first.
std::vector<const SnapshotManifest*> Search::candidates() const {
  std::vector<const SnapshotManifest*> found;
  for (std::size_t i = eligible_; i-- > 0;) {
    if (!planning_.request.snapshot || on_path_[i]->id == *planning_.request.snapshot)
      found.push_back(on_path_[i]);
  }
  return found;
}

const SnapshotManifest* Search::next() const {
  return eligible_ < on_path_.size() ? on_path_[eligible_] : nullptr;
}

std::variant<Plan, Refusal> Search::run() {
  if (auto refusal = check_forced_snapshot(planning_, path_)) return *refusal;
  if (on_path_.empty()) return refuse_without_snapshot(planning_, path_);
  const auto snapshots = candidates();
  if (snapshots.empty()) return refuse_before_first();
  std::unique_ptr<Route> furthest;
  for (const SnapshotManifest* snapshot : snapshots) {
    auto route = std::make_unique<Route>(planning_, path_, *snapshot, rule_.read_ahead());
    const Verdict verdict = judge(*route);
    if (const auto* cut = std::get_if<Cut>(&verdict)) return make_plan(*route, *cut);
    if (const auto* refusal = std::get_if<Refusal>(&verdict)) return *refusal;
    rejected_.push_back({snapshot->id, route->walk().stop_reason()});
    // An older snapshot's chain runs into the same end, unless it is this snapshot that does not fit the log.
    const bool is_snapshot_at_fault =
        route->walk().stop() == ChainStop::conflict && route->walk().position() == snapshot->start_lsn;
    if (!furthest || route->walk().position() > furthest->walk().position()) furthest = std::move(route);
    if (!is_snapshot_at_fault) break;
  }
  return refuse_end(*furthest);
}

Verdict Search::judge(Route& route) {
  Verdict verdict = rule_.at_snapshot(route);
  while (std::holds_alternative<std::monostate>(verdict)) {
    if (!route.advance()) return rule_.at_end(route);
    verdict = rule_.at_step(route);
  }
  return verdict;
}

Refusal Search::refuse_before_first() const {
  if (planning_.request.snapshot) {
    const SnapshotManifest& forced = *planning_.catalogue.snapshot(*planning_.request.snapshot);
    return refusals_.before_forced(forced, rule_.distance(forced.point.time));
  }
  const SnapshotManifest& first = *on_path_.front();
  Refusal refusal = refusals_.before_first(first, rule_.distance(first.point.time));
  const auto damaged = damaged_snapshots(planning_.catalogue);
  if (!damaged.empty() && damaged.front().id < first.id) {
    refusal.code = Errc::corrupt;
    refusal.message +=
        fmt::format("; the older {} cannot be read: {}", damaged.front().id, damaged.front().problem);
  }
  return refusal;
}

Refusal Search::refuse_end(const Route& route) const {
  const ChainWalk& walk = route.walk();
  const Point last = route.last_point(walk.position());
  const bool has_all = walk.stop() == ChainStop::head && next() == nullptr &&
                       walk.position() >= route.snapshot().consistent_lsn;
  if (has_all) {
    const auto captured_to = route.captured_to();
    return refusals_.after_last(last, captured_to, rule_.distance(std::max(last.time, captured_to)));
  }
  const auto end = archived_end(planning_, path_);
  if (!end || !rule_.is_beyond(*end)) return refusals_.cut_off(route, next());
  return refusals_.after_last(last, route.captured_to(), rule_.distance(end->time));
}

Plan Search::make_plan(Route& route, const Cut& cut) {
  const SnapshotManifest& snapshot = route.snapshot();
  Plan plan;
  plan.snapshot = snapshot.id;
  plan.stop = cut.stop;
  plan.timeline = std::max(snapshot.timeline, timeline_at(path_, cut.stop));
  plan.reached = route.last_point(cut.stop);
  plan.first_dropped = route.first_commit_beyond(cut.stop);
  plan.undecidable = cut.undecidable;
  plan.snapshot_bytes = snapshot.size;
  plan.warnings = cut.warnings;
  add_segments(route, plan);
  add_later_snapshots(plan);
  plan.rejected.insert(plan.rejected.end(), rejected_.begin(), rejected_.end());
  for (const RejectedSnapshot& rejected : rejected_) {
    plan.warnings.push_back(fmt::format("snapshot {} does not do ({}): the older {} is used", rejected.id,
                                        rejected.reason, snapshot.id));
  }
  report_damaged_snapshots(planning_, next(), plan);
  return plan;
}

void Search::add_segments(const Route& route, Plan& plan) const {
  for (const ChainStep& step : route.steps()) {
    if (step.segment.from >= plan.stop) break;
    if (step.segment.from == step.segment.to) continue;
    plan.segments.push_back(step.segment);
    plan.segments.back().to = std::min(step.segment.to, plan.stop);
    plan.log_bytes += step.manifest->payload.size;
    plan.log_stored_bytes += step.manifest->payload.stored_size;
  }
}

void Search::add_later_snapshots(Plan& plan) const {
  if (planning_.request.snapshot) return;
  for (std::size_t i = on_path_.size(); i-- > eligible_;) {
    plan.rejected.push_back(
        {on_path_[i]->id,
         "it lies after the target, at " + name_point(snapshot_point(*on_path_[i]), refusals_.notation())});
  }
}

}  // namespace

std::variant<Plan, Refusal> search_path(const Planning& planning, const std::vector<PathElement>& path,
                                        const Refusals& refusals, StopRule& rule) {
  return Search(planning, path, refusals, rule).run();
}

}  // namespace pitr
