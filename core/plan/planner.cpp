#include "plan/planner.hpp"

#include "base/error.hpp"
#include "plan/branches.hpp"
#include "plan/exact_time_rule.hpp"
#include "plan/path.hpp"
#include "plan/planning.hpp"
#include "plan/refusals.hpp"
#include "plan/restore_point_search.hpp"
#include "plan/search.hpp"
#include "plan/stop_rule.hpp"
#include "plan/time_rule.hpp"
#include "plan/timeline_choice.hpp"
#include "plan/transaction_search.hpp"

#include <string>
#include <utility>

#include <fmt/format.h>

namespace pitr {

namespace {

using Answer = std::variant<Plan, Refusal>;

// A target on one path, and the position up to which the log decides the answer, if that is known.
struct PathAnswer {
  Answer answer;
  std::optional<Lsn> position;
};

PathAnswer plan_position(const Planning& planning, const std::vector<PathElement>& path, Lsn lsn,
                         bool exclusive) {
  const Refusals refusals(planning, path);
  // Where a log goes on between its commits, what stands there is kept too: it is cut just before the
  // position, and not behind the commit before.
  const bool is_cut_before = exclusive && planning.request.log.times && lsn.value > 0;
  LsnRule rule(refusals, is_cut_before ? Lsn{lsn.value - 1} : lsn, exclusive && !is_cut_before);
  return {search_path(planning, path, refusals, rule), lsn};
}

PathAnswer plan_time(const Planning& planning, const std::vector<PathElement>& path, Timestamp time) {
  const Refusals refusals(planning, path);
  if (!planning.request.log.times) {
    TimeRule rule(planning, refusals, time);
    return {search_path(planning, path, refusals, rule), std::nullopt};
  }
  ExactTimeRule rule(planning, time);
  PathAnswer answer{search_path(planning, path, refusals, rule), std::nullopt};
  // The record that begins at the cut is what decides.
  if (const auto* plan = std::get_if<Plan>(&answer.answer)) answer.position = Lsn{plan->stop.value + 1};
  return answer;
}

PathAnswer plan_transaction(const Planning& planning, const std::vector<PathElement>& path, Xid xid) {
  const auto found = find_transaction(planning, path, Refusals(planning, path), xid);
  if (const auto* refusal = std::get_if<Refusal>(&found)) return {*refusal, std::nullopt};
  const auto& [end, was_rolled_back] = std::get<FoundTransaction>(found);
  PathAnswer answer = plan_position(planning, path, end, planning.request.exclusive);
  auto* plan = std::get_if<Plan>(&answer.answer);
  if (plan != nullptr && was_rolled_back) {
    plan->warnings.push_back(
        fmt::format("transaction {} was rolled back at LSN {}: nothing of it is in the result", xid.value,
                    format_lsn(end, planning.catalogue.notation)));
  }
  return answer;
}

// Targets that every timeline may hold for itself.
PathAnswer plan_on_path(const Planning& planning, const std::vector<PathElement>& path) {
  const Target& target = planning.request.target;
  if (const auto* lsn = std::get_if<ToLsn>(&target)) {
    return plan_position(planning, path, lsn->lsn, planning.request.exclusive);
  }
  if (const auto* xid = std::get_if<ToXid>(&target)) return plan_transaction(planning, path, xid->xid);
  return plan_time(planning, path, std::get<ToTime>(target).time);
}

// Whether a refusal says that the path's log holds no such point, rather than that it cannot be had.
bool is_absent(const Refusal& refusal) {
  if (refusal.code == Errc::not_found || refusal.code == Errc::no_base_snapshot) return true;
  return refusal.code == Errc::target_unreachable && (!refusal.before || !refusal.after);
}

// Whether the path's answer stops before the fork: then the branch has no say.
bool is_before_fork(const PathAnswer& own, Lsn fork) {
  if (own.position) return *own.position <= fork;
  const auto* plan = std::get_if<Plan>(&own.answer);
  return plan != nullptr && plan->first_dropped && plan->first_dropped->lsn <= fork;
}

// Spares walking along a branch that has ended before the target.
bool may_reach(const Branch& branch, const Target& target) {
  if (const auto* lsn = std::get_if<ToLsn>(&target)) return lsn->lsn <= branch.end.lsn;
  if (const auto* time = std::get_if<ToTime>(&target))
    return branch.end.time && time->time <= *branch.end.time;
  return true;
}

TimelinePoint reached_by(const Plan& plan) { return {plan.timeline, plan.reached}; }

Refusal refuse_ambiguous(const Refusals& refusals, TimelineId own, const Plan& plan, const Branch& branch,
                         const Answer& other) {
  Refusal refusal{Errc::ambiguous_target, {}, {}, {}, {}, {reached_by(plan)}};
  refusal.message = fmt::format(
      "{} is on timeline {} and on timeline {}, which parted from it at LSN {} and went on being archived",
      refusals.target(), own.value, branch.timeline.value, format_lsn(branch.fork, refusals.notation()));
  refusal.hint = fmt::format("--timeline {} or --timeline {}", own.value, branch.timeline.value);
  if (const auto* other_plan = std::get_if<Plan>(&other)) {
    refusal.candidates.push_back(reached_by(*other_plan));
  } else if (const auto& before = std::get<Refusal>(other).before) {
    refusal.candidates.push_back(*before);
  }
  return refusal;
}

bool is_same_state(const Plan& own, const Answer& other, Lsn fork) {
  const auto* other_plan = std::get_if<Plan>(&other);
  return other_plan != nullptr && own.reached.lsn <= fork && other_plan->reached.lsn <= fork;
}

// A target after a fork, and no timeline given: one that several timelines hold is not guessed at.
Answer settle_branches(const Planning& planning, const std::vector<PathElement>& path, PathAnswer own) {
  const Refusals refusals(planning, path);
  const TimelineId timeline = path.back().timeline->id;
  auto* plan = std::get_if<Plan>(&own.answer);
  auto* refusal = std::get_if<Refusal>(&own.answer);
  if (refusal != nullptr && !is_absent(*refusal)) return own.answer;
  for (const Branch& branch : branches_of(planning, path)) {
    if (is_before_fork(own, branch.fork) || !may_reach(branch, planning.request.target)) continue;
    const Answer other = plan_on_path(planning, timeline_path(planning.catalogue, branch.timeline)).answer;
    const auto* other_refusal = std::get_if<Refusal>(&other);
    if (other_refusal != nullptr && is_absent(*other_refusal)) continue;
    if (refusal != nullptr) {
      if (other_refusal == nullptr)
        refusal->hint += fmt::format("; --timeline {} holds it", branch.timeline.value);
      continue;
    }
    if (is_same_state(*plan, other, branch.fork)) continue;
    if (is_live(planning, branch)) return refuse_ambiguous(refusals, timeline, *plan, branch, other);
    plan->warnings.push_back(
        fmt::format("timeline {} has this target too, on the history that ended when timeline {} began: "
                    "--timeline {} chooses it",
                    branch.timeline.value, branch.path_child.value, branch.timeline.value));
  }
  return own.answer;
}

// The end of a history, or its newest snapshot, is always that of the chosen timeline; but the operator is
// told of others that go on.
std::vector<std::string> live_branch_warnings(const Planning& planning,
                                              const std::vector<PathElement>& path) {
  std::vector<std::string> warnings;
  for (const Branch& branch : branches_of(planning, path)) {
    if (!is_live(planning, branch)) continue;
    warnings.push_back(
        fmt::format("timeline {} parted from timeline {} at LSN {} and went on being archived: "
                    "--timeline {} chooses it",
                    branch.timeline.value, path.back().timeline->id.value,
                    format_lsn(branch.fork, planning.catalogue.notation), branch.timeline.value));
  }
  return warnings;
}

// What can still be had where the end of the log cannot.
void point_to_end_of_chain(const Planning& planning, const std::vector<PathElement>& path, bool has_branches,
                           Refusal& refusal) {
  if (!refusal.before) return;
  refusal.hint = "pitrctl restore --target-dir DIR --to-lsn " +
                 format_lsn(refusal.before->point.lsn, planning.catalogue.notation);
  if (planning.request.timeline || has_branches) {
    refusal.hint += fmt::format(" --timeline {}", path.back().timeline->id.value);
  }
  if (planning.request.snapshot) refusal.hint += " --snapshot " + *planning.request.snapshot;
}

Answer plan_end(const Planning& planning, const std::vector<PathElement>& path, StopRule& rule) {
  const Refusals refusals(planning, path);
  Answer answer = search_path(planning, path, refusals, rule);
  std::vector<std::string> warnings;
  if (!planning.request.timeline) warnings = live_branch_warnings(planning, path);
  if (auto* plan = std::get_if<Plan>(&answer)) {
    plan->warnings.insert(plan->warnings.end(), warnings.begin(), warnings.end());
  } else {
    point_to_end_of_chain(planning, path, !warnings.empty(), std::get<Refusal>(answer));
  }
  return answer;
}

Answer plan_restore_point(const Planning& planning, const std::vector<PathElement>& path,
                          const ToRestorePoint& target) {
  const auto found = find_restore_point(planning, path, target);
  if (const auto* refusal = std::get_if<Refusal>(&found)) return *refusal;
  const auto& place = std::get<NamedPlace>(found);
  return plan_position(planning, place.path, place.lsn, false).answer;
}

Answer plan_target(const Planning& planning, const std::vector<PathElement>& path) {
  const Target& target = planning.request.target;
  if (std::holds_alternative<ToLatest>(target)) {
    const auto snapshots = snapshots_on(planning.catalogue, path);
    LatestRule rule(snapshots.empty() ? Lsn{} : snapshots.back()->consistent_lsn);
    return plan_end(planning, path, rule);
  }
  if (std::holds_alternative<ToImmediate>(target)) {
    ImmediateRule rule;
    return plan_end(planning, path, rule);
  }
  if (const auto* name = std::get_if<ToRestorePoint>(&target))
    return plan_restore_point(planning, path, *name);
  PathAnswer own = plan_on_path(planning, path);
  return planning.request.timeline ? own.answer : settle_branches(planning, path, std::move(own));
}

bool takes_exclusive(const Target& target) {
  return std::holds_alternative<ToLsn>(target) || std::holds_alternative<ToTime>(target) ||
         std::holds_alternative<ToXid>(target);
}

Answer answer_request(const Planning& planning) {
  const PlanRequest& request = planning.request;
  if (request.exclusive && !takes_exclusive(request.target)) {
    return Refusal{
        Errc::usage,
        fmt::format("--exclusive does not go with {}", describe(request.target, planning.catalogue.notation)),
        "it goes with --to-lsn, --to-time and --to-xid",
        {},
        {},
        {}};
  }
  const auto chosen = choose_path(planning);
  if (const auto* refusal = std::get_if<Refusal>(&chosen)) return *refusal;
  const auto& [path, warnings] = std::get<ChosenPath>(chosen);
  Answer answer = plan_target(planning, path);
  if (auto* plan = std::get_if<Plan>(&answer)) {
    plan->warnings.insert(plan->warnings.begin(), warnings.begin(), warnings.end());
  }
  return answer;
}

}  // namespace

PlanAnswer plan_restore(const Catalogue& catalogue, const FactsBySegment& facts, const PlanRequest& request) {
  const Planning planning{catalogue, facts, request, SegmentLookup(catalogue)};
  try {
    return std::visit([](auto answer) { return PlanAnswer(std::move(answer)); }, answer_request(planning));
  } catch (const Missing& missing) {
    return std::visit([](const auto& need) { return PlanAnswer(need); }, missing.need);
  } catch (const Error& error) {
    if (error.code() != Errc::corrupt) throw;  // a timeline's document, see timeline_path()
    return Refusal{error.code(), error.what(), error.hint(), {}, {}, {}};
  }
}

}  // namespace pitr
