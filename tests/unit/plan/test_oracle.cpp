#include "history_oracle.hpp"
#include "plan_checks.hpp"
#include "support/seed.hpp"

#include <algorithm>

using namespace pitr;
using namespace pitr::test;

namespace {

// The same for as many random histories as make a test of a second or two.
template <typename Check>
void for_random_histories(Check check) {
  constexpr std::uint64_t kHistories = 150;
  const std::uint64_t first = test_seed();
  for (std::uint64_t i = 0; i < kHistories; ++i) {
    INFO("PITRCTL_SEED=" << first + i);
    RandomHistory history(first + i);
    for (std::uint32_t timeline = 1; timeline <= history.timelines(); ++timeline) {
      INFO("timeline " << timeline);
      check(history, timeline, ReachOracle(history.archive, timeline));
    }
  }
}

std::uint64_t true_last_until(const std::vector<TrueCommit>& commits, std::uint64_t lsn) {
  std::uint64_t last = 0;
  for (const TrueCommit& commit : commits) {
    if (commit.lsn <= lsn) last = commit.lsn;
  }
  return last;
}

// What a history cut short is refused with.
bool is_cut_off(Errc code) {
  return code == Errc::wal_gap || code == Errc::corrupt || code == Errc::log_conflict;
}

void check_neighbours(const ReachOracle& oracle, const Refusal& refusal, std::uint64_t lsn) {
  const auto before = lsn == 0 ? std::nullopt : oracle.last_point_until(lsn - 1);
  if (refusal.before) {
    CHECK(lsn_of(refusal.before) == before.value_or(0));
  }
  const auto after = oracle.first_point_after(lsn);
  if (refusal.after) {
    CHECK(lsn_of(refusal.after) == after.value_or(0));
  }
}

void check_lsn_refusal(const ReachOracle& oracle, const Refusal& refusal, std::uint64_t lsn) {
  INFO("refused: " << refusal.message);
  CHECK_FALSE(oracle.is_reachable(lsn));
  if (oracle.snapshots().empty()) {
    CHECK(refusal.code == Errc::no_base_snapshot);
    return;
  }
  check_neighbours(oracle, refusal, lsn);
  if (lsn > oracle.archived_end() && oracle.is_head_damaged()) {
    CHECK((is_cut_off(refusal.code) || refusal.code == Errc::target_unreachable));
  } else if (lsn > oracle.archived_end()) {
    CHECK(refusal.code == Errc::target_unreachable);
    CHECK(refusal.before);
  } else if (lsn < *oracle.points().begin()) {
    CHECK(refusal.code == Errc::target_unreachable);
    CHECK(refusal.after);
  } else if (oracle.is_inside_bridge(lsn)) {
    CHECK(refusal.code == Errc::target_unreachable);
    CHECK(refusal.before);
    CHECK(refusal.after);
  } else {
    CHECK(is_cut_off(refusal.code));
    CHECK(refusal.before);
    CHECK(refusal.after.has_value() == oracle.first_point_after(lsn).has_value());
  }
}

void check_lsn(RandomHistory& history, std::uint32_t timeline, const ReachOracle& oracle, std::uint64_t lsn) {
  INFO("LSN " << lsn);
  const auto answer = history.archive.plan(on_timeline(timeline, to_lsn(lsn)));
  if (const auto* refusal = std::get_if<Refusal>(&answer)) {
    check_lsn_refusal(oracle, *refusal, lsn);
    return;
  }
  const Plan& plan = std::get<Plan>(answer);
  CHECK(oracle.is_reachable(lsn));
  CHECK(plan.stop.value == lsn);
  CHECK(plan.reached.lsn.value == oracle.last_point_until(lsn));
  CHECK(replay(history, plan) == true_last_until(history.commits_of(timeline), lsn));
  if (plan.first_dropped) {
    CHECK(plan.first_dropped->lsn.value > lsn);
    CHECK(lsn_of(plan.first_dropped) == oracle.first_point_after(lsn).value_or(0));
  }
}

// Without the commit that ends exactly there.
void check_exclusive_lsn(RandomHistory& history, std::uint32_t timeline, const ReachOracle& oracle,
                         std::uint64_t lsn) {
  INFO("LSN " << lsn << ", exclusive");
  const auto answer = history.archive.plan(on_timeline(timeline, exclusive(to_lsn(lsn))));
  const auto before = lsn == 0 ? std::nullopt : oracle.last_point_until(lsn - 1);
  const auto* plan = std::get_if<Plan>(&answer);
  const bool is_first = !before;
  CHECK((plan != nullptr) <= !is_first);
  if (plan == nullptr) return;
  CHECK(plan->stop.value == *before);
  CHECK(replay(history, *plan) == true_last_until(history.commits_of(timeline), *before));
}

// A state is proven to be that of a time if the last commit until then is reachable and known to be, and what
// came next is known to be later, or the log to be complete until then.
bool is_proven(const ReachOracle& oracle, std::uint64_t kept, Timestamp time) {
  const auto next = oracle.first_point_after(kept);
  bool is_early = false;
  bool is_complete = false;
  for (const SnapshotManifest* snapshot : oracle.snapshots()) {
    if (snapshot->consistent_lsn.value != kept) continue;
    is_early |= *snapshot->point.time <= time;
    is_complete |= *snapshot->captured_to >= time;
  }
  for (const ReachOracle::Span& span : oracle.spans()) {
    for (const CommitFact& commit : span.segment->facts.commits) {
      const std::uint64_t lsn = commit.point.lsn.value;
      if (!span.holds(lsn)) continue;
      is_early |= lsn == kept && *commit.not_after <= time;
      is_complete |= lsn == next && span.from <= kept && *commit.not_before >= time;
    }
    const auto& captured = span.segment->manifest.captured_to;
    const bool is_whole = span.to == span.segment->manifest.end_lsn.value;
    is_complete |= span.to == kept && is_whole && captured && *captured >= time;
  }
  return is_early && is_complete;
}

void check_time(RandomHistory& history, std::uint32_t timeline, const ReachOracle& oracle, double second) {
  INFO("second " << second);
  const auto truth = history.commits_of(timeline);
  std::uint64_t expected = 0;
  for (const TrueCommit& commit : truth) {
    if (commit.time <= second) expected = commit.lsn;
  }
  PlanRequest request = on_timeline(timeline, to_time(second));
  request.time_tolerance = std::chrono::seconds(history.random(0, 60));
  const auto answer = history.archive.plan(request);
  if (const auto* refusal = std::get_if<Refusal>(&answer)) {
    INFO("refused: " << refusal->message);
    CHECK_FALSE(is_proven(oracle, expected, at_second(second)));
    if (refusal->before) CHECK(oracle.points().contains(lsn_of(refusal->before)));
    if (refusal->after) CHECK(oracle.points().contains(lsn_of(refusal->after)));
    return;
  }
  const Plan& plan = std::get<Plan>(answer);
  const std::uint64_t kept = replay(history, plan);
  CHECK(oracle.is_reachable(plan.stop.value));
  CHECK(kept == true_last_until(truth, plan.stop.value));
  std::uint64_t missed = 0;
  for (const TrueCommit& commit : truth) missed += commit.lsn > kept && commit.lsn <= expected ? 1 : 0;
  CHECK(kept <= expected);
  CHECK(missed <= plan.undecidable);
}

void check_xid(RandomHistory& history, std::uint32_t timeline, const ReachOracle& oracle, std::uint64_t lsn) {
  INFO("transaction at LSN " << lsn);
  const auto answer = history.archive.plan(on_timeline(timeline, to_xid(1000 + lsn)));
  const auto truth = history.commits_of(timeline);
  const bool has_happened = true_last_until(truth, lsn) == lsn && lsn > 0;
  if (const auto* plan = std::get_if<Plan>(&answer)) {
    CHECK(oracle.points().contains(lsn));
    CHECK(plan->stop.value == lsn);
    CHECK(replay(history, *plan) == true_last_until(truth, lsn));
    return;
  }
  const Refusal& refusal = std::get<Refusal>(answer);
  INFO("refused: " << refusal.message);
  CHECK_FALSE((has_happened && oracle.points().contains(lsn)));
  if (refusal.before) CHECK(oracle.points().contains(lsn_of(refusal.before)));
  if (refusal.after) CHECK(oracle.points().contains(lsn_of(refusal.after)));
}

}  // namespace

TEST_CASE("random histories: every LSN is planned exactly, or refused because nothing reaches it") {
  for_random_histories([](RandomHistory& history, std::uint32_t timeline, const ReachOracle& oracle) {
    for (std::uint64_t lsn = 0; lsn <= oracle.archived_end() + 2; ++lsn) {
      check_lsn(history, timeline, oracle, lsn);
      if (history.random(0, 2) == 0) check_exclusive_lsn(history, timeline, oracle, lsn);
    }
  });
}

TEST_CASE("random histories: a time keeps nothing later, and misses nothing that it does not tell of") {
  for_random_histories([](RandomHistory& history, std::uint32_t timeline, const ReachOracle& oracle) {
    const auto truth = history.commits_of(timeline);
    const double end = truth.empty() ? 1100 : truth.back().time + 20;
    for (int i = 0; i < 20; ++i) {
      const std::uint64_t quarters = history.random(990 * 4, static_cast<std::uint64_t>(end) * 4);
      check_time(history, timeline, oracle, static_cast<double>(quarters) / 4);
    }
  });
}

TEST_CASE("random histories: a transaction is reached where it can be told apart") {
  for_random_histories([](RandomHistory& history, std::uint32_t timeline, const ReachOracle& oracle) {
    for (int i = 0; i < 15; ++i)
      check_xid(history, timeline, oracle, history.random(0, oracle.archived_end() + 2));
  });
}

TEST_CASE("random histories: latest is the very end, or refused with the end of what can be reached") {
  for_random_histories([](RandomHistory& history, std::uint32_t timeline, const ReachOracle& oracle) {
    const auto answer = history.archive.plan(on_timeline(timeline, PlanRequest()));
    const bool is_end_reachable = !oracle.snapshots().empty() && oracle.is_reachable(oracle.archived_end());
    if (const auto* plan = std::get_if<Plan>(&answer)) {
      CHECK(is_end_reachable);
      CHECK(plan->stop.value == oracle.archived_end());
      CHECK(replay(history, *plan) == true_last_until(history.commits_of(timeline), plan->stop.value));
      return;
    }
    const Refusal& refusal = std::get<Refusal>(answer);
    INFO("refused: " << refusal.message);
    if (oracle.snapshots().empty()) {
      CHECK(refusal.code == Errc::no_base_snapshot);
      return;
    }
    CHECK(is_cut_off(refusal.code));
    CHECK(lsn_of(refusal.before) == *oracle.points().rbegin());
  });
}

TEST_CASE("random histories: without a timeline the answer is the highest one's, or that several hold it") {
  for_random_histories([](RandomHistory& history, std::uint32_t timeline, const ReachOracle& oracle) {
    if (timeline != history.timelines()) return;
    const std::uint64_t lsn = history.random(0, oracle.archived_end() + 2);
    INFO("LSN " << lsn);
    const auto any = history.archive.plan(to_lsn(lsn));
    const auto highest = history.archive.plan(on_timeline(timeline, to_lsn(lsn)));
    if (const auto* plan = std::get_if<Plan>(&any)) {
      REQUIRE(std::holds_alternative<Plan>(highest));
      CHECK(plan->reached == std::get<Plan>(highest).reached);
      return;
    }
    const Refusal& refusal = std::get<Refusal>(any);
    if (refusal.code == Errc::ambiguous_target) {
      CHECK(refusal.candidates.size() >= 2);
      CHECK(std::holds_alternative<Plan>(highest));
    } else {
      REQUIRE(std::holds_alternative<Refusal>(highest));
      CHECK(refusal.code == std::get<Refusal>(highest).code);
    }
  });
}

TEST_CASE("random histories: the windows hold every point that can be reached, and no other") {
  for_random_histories([](RandomHistory& history, std::uint32_t timeline, const ReachOracle& oracle) {
    const Survey found = history.archive.survey();
    const auto& document = *history.archive.catalogue.timelines.at(TimelineId{timeline}).document;
    const std::uint64_t begin = document.fork_lsn ? document.fork_lsn->value + 1 : 0;
    for (std::uint64_t lsn = begin; lsn <= oracle.archived_end() + 1; ++lsn) {
      if (!oracle.points().contains(lsn) && oracle.is_reachable(lsn)) continue;
      INFO("LSN " << lsn);
      bool is_inside = false;
      for (const Window& window : found.windows) {
        const bool is_hidden = std::any_of(
            window.bridges.begin(), window.bridges.end(),
            [&](const Bridge& bridge) { return bridge.start.lsn.value < lsn && lsn < bridge.end.lsn.value; });
        is_inside |= window.timeline.value == timeline && window.start.lsn.value <= lsn &&
                     lsn <= window.end.lsn.value && !is_hidden;
      }
      CHECK(is_inside == oracle.is_reachable(lsn));
    }
  });
}
