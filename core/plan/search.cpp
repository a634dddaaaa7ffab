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
  [[nodiscard]] const SnapshotManifest* next_usable() const;
  [[nodiscard]] const SnapshotManifest* first_beyond(Lsn position) const;
  void pass_too_late(const SnapshotManifest& snapshot);
  // Whether an older snapshot may do better.
  bool reject(std::unique_ptr<Route> route);
  [[nodiscard]] Refusal refuse() const;
  [[nodiscard]] Refusal refuse_before_first() const;
  [[nodiscard]] Refusal refuse_end(const Route& route) const;
  Verdict judge(Route& route);
  [[nodiscard]] Plan make_plan(Route& route, const Cut& cut);
  void add_segments(const Route& route, Plan& plan) const;
  void prefer_own_log(const SnapshotManifest& snapshot, Plan& plan) const;
  void add_later_snapshots(Plan& plan) const;

  const Planning& planning_;
  const std::vector<PathElement>& path_;
  const Refusals& refusals_;
  StopRule& rule_;
  std::vector<const SnapshotManifest*> on_path_;
  std::size_t eligible_;  // the first so many do not lie beyond the target
  std::vector<RejectedSnapshot> rejected_;
  std::unique_ptr<Route> furthest_;      // of those that do not reach the target
  std::unique_ptr<Route> inconsistent_;  // the newest that does not even make its snapshot consistent
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

// The first snapshot beyond the target that can be restored at all.
const SnapshotManifest* Search::next_usable() const {
  for (std::size_t i = eligible_; i < on_path_.size(); ++i) {
    Route route(planning_, path_, *on_path_[i], ReadAhead::measured);
    while (!route.is_consistent() && route.advance()) {
    }
    if (route.is_consistent()) return on_path_[i];
  }
  return nullptr;
}

const SnapshotManifest* Search::first_beyond(Lsn position) const {
  const auto found = std::find_if(on_path_.begin(), on_path_.end(), [&](const SnapshotManifest* snapshot) {
    return snapshot->consistent_lsn > position;
  });
  return found == on_path_.end() ? nullptr : *found;
}

std::variant<Plan, Refusal> Search::run() {
  if (auto refusal = check_forced_snapshot(planning_, path_)) return *refusal;
  if (on_path_.empty()) return refuse_without_snapshot(planning_, path_);
  for (const SnapshotManifest* snapshot : candidates()) {
    auto route = std::make_unique<Route>(planning_, path_, *snapshot, rule_.read_ahead());
    const Verdict verdict = judge(*route);
    if (const auto* cut = std::get_if<Cut>(&verdict)) return make_plan(*route, *cut);
    if (const auto* refusal = std::get_if<Refusal>(&verdict)) return *refusal;
    if (std::holds_alternative<SnapshotTooLate>(verdict)) {
      pass_too_late(*snapshot);
    } else if (!reject(std::move(route))) {
      break;
    }
  }
  return refuse();
}

// It lies beyond the target, and so do those after it.
void Search::pass_too_late(const SnapshotManifest& snapshot) {
  eligible_ =
      static_cast<std::size_t>(std::find(on_path_.begin(), on_path_.end(), &snapshot) - on_path_.begin());
  rejected_.clear();
  furthest_.reset();
  inconsistent_.reset();
}

// An older snapshot's chain runs into the same end, unless it is this snapshot that does not fit the log. But
// where the end comes before the snapshot is consistent, the older one's shows what can be reached.
bool Search::reject(std::unique_ptr<Route> route) {
  const ChainWalk& walk = route->walk();
  rejected_.push_back({route->snapshot().id, walk.stop_reason()});
  if (!route->is_consistent()) {
    if (!inconsistent_) inconsistent_ = std::move(route);
    return true;
  }
  const bool is_snapshot_at_fault =
      walk.stop() == ChainStop::conflict && walk.position() == route->snapshot().start_lsn;
  if (!furthest_ || walk.position() > furthest_->walk().position()) furthest_ = std::move(route);
  return is_snapshot_at_fault;
}

Refusal Search::refuse() const {
  if (furthest_) return refuse_end(*furthest_);
  return inconsistent_ ? refusals_.inconsistent(*inconsistent_, next_usable()) : refuse_before_first();
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
  // Where the log and not its time shows that a snapshot is too late, how much says nothing.
  const bool is_told_by_log = rule_.count_eligible(on_path_) > eligible_;
  const auto distance = [&](const SnapshotManifest& snapshot) {
    return is_told_by_log ? std::string() : rule_.distance(snapshot.point.time);
  };
  if (planning_.request.snapshot) {
    const SnapshotManifest& forced = *planning_.catalogue.snapshot(*planning_.request.snapshot);
    return refusals_.before_forced(forced, distance(forced));
  }
  const SnapshotManifest* usable = next_usable();
  const SnapshotManifest& first = usable != nullptr ? *usable : *on_path_.front();
  Refusal refusal = refusals_.before_first(first, distance(first));
  if (usable == nullptr) {
    refusal.after.reset();
    refusal.hint = "no snapshot can be restored, for want of log: pitrctl validate shows what is missing";
  }
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
  const SnapshotManifest* beyond = first_beyond(walk.position());
  if (walk.stop() == ChainStop::head && beyond == nullptr) {
    const auto captured_to = route.captured_to();
    return refusals_.after_last(last, captured_to, rule_.distance(std::max(last.time, captured_to)));
  }
  const auto end = archived_end(planning_, path_);
  if (!end || !rule_.is_beyond(*end)) return refusals_.cut_off(route, beyond, next_usable());
  return refusals_.after_last(last, route.captured_to(), rule_.distance(end->time));
}

Plan Search::make_plan(Route& route, const Cut& cut) {
  const SnapshotManifest& snapshot = route.snapshot();
  Plan plan;
  plan.snapshot = snapshot.id;
  plan.stop = cut.stop;
  plan.timeline = std::max(snapshot.timeline, timeline_at(path_, cut.stop));
  plan.reached = route.last_point(cut.stop);
  // Where a log goes on between its commits, the result holds what stands behind the last one, too.
  plan.fork = planning_.request.log.times ? plan.stop : plan.reached.lsn;
  plan.first_dropped = route.first_commit_beyond(cut.stop);
  plan.undecidable = cut.undecidable;
  plan.decided_by = cut.decided_by;
  plan.snapshot_bytes = snapshot.size;
  plan.warnings = cut.warnings;
  add_segments(route, plan);
  prefer_own_log(snapshot, plan);
  add_later_snapshots(plan);
  plan.rejected.insert(plan.rejected.end(), rejected_.begin(), rejected_.end());
  for (const RejectedSnapshot& rejected : rejected_) {
    plan.warnings.push_back(fmt::format("snapshot {} does not do ({}): the older {} is used", rejected.id,
                                        rejected.reason, snapshot.id));
  }
  report_damaged_snapshots(planning_, next(), plan);
  return plan;
}

// Log before a fork that only a later timeline's copy holds is found by those alone who follow that one. A
// server that has to do so for no need would record that it came from there, and cannot finish what was
// prepared before the fork.
void Search::prefer_own_log(const SnapshotManifest& snapshot, Plan& plan) const {
  if (plan.segments.empty() || plan.segments.back().timeline <= plan.timeline) return;
  const auto end = std::find_if(path_.begin(), path_.end(), [&](const PathElement& element) {
    return element.timeline->id > plan.timeline;
  });
  std::vector<PathElement> own(path_.begin(), end);
  own.back().bound.reset();
  Route route(planning_, std::move(own), snapshot, ReadAhead::measured);
  while (route.walk().position() < plan.stop) {
    if (route.advance()) continue;
    plan.timeline = plan.segments.back().timeline;
    return;
  }
  plan.segments.clear();
  plan.log_bytes = plan.log_stored_bytes = 0;
  add_segments(route, plan);
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
