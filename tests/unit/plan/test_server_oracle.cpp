#include "plan/path.hpp"
#include "plan/snapshot_log.hpp"
#include "plan_checks.hpp"
#include "server_oracle.hpp"
#include "support/seed.hpp"

#include <algorithm>
#include <map>

using namespace pitr;
using namespace pitr::test;

namespace {

// The same for as many random servers as make a test of a second or two.
template <typename Check>
void for_random_servers(Check check) {
  constexpr std::uint64_t kServers = 150;
  const std::uint64_t first = test_seed();
  for (std::uint64_t i = 0; i < kServers; ++i) {
    INFO("PITRCTL_SEED=" << first + i);
    RandomServer server(first + i);
    for (const std::uint32_t timeline : server.timelines()) {
      INFO("timeline " << timeline);
      check(server, timeline, ServerOracle(server, timeline));
    }
  }
}

std::variant<Plan, Refusal> ask(RandomServer& server, PlanRequest request) {
  request.log = kServerTraits;
  return server.archive.plan(request);
}

bool is_cut_off(Errc code) {
  return code == Errc::wal_gap || code == Errc::corrupt || code == Errc::log_conflict;
}

bool has_usable_snapshot(const ServerOracle& oracle) {
  return std::any_of(oracle.chains().begin(), oracle.chains().end(),
                     [](const auto& chain) { return chain.is_usable(); });
}

const ServerOracle::Chain& chain_of(const ServerOracle& oracle, const Plan& plan) {
  return *std::find_if(oracle.chains().begin(), oracle.chains().end(),
                       [&](const auto& chain) { return chain.snapshot->id == plan.snapshot; });
}

void check_plan(RandomServer& server, std::uint32_t timeline, const ServerOracle& oracle, const Plan& plan,
                std::uint64_t stop) {
  REQUIRE(plan.stop.value == stop);
  CHECK(oracle.is_reachable(stop));
  const auto& chain = chain_of(oracle, plan);
  CHECK(plan.reached.lsn.value == oracle.reached_at(chain, stop));
  check_replay(server, timeline, plan);
  std::uint64_t dropped = 0;
  for (const ServerRecord& record : oracle.records()) {
    const bool is_dropped = record.kind == ServerRecord::Kind::commit && record.end > stop;
    if (is_dropped && record.end <= chain.end && dropped == 0) dropped = record.end;
  }
  CHECK(lsn_of(plan.first_dropped) == dropped);
}

void check_neighbours(const ServerOracle& oracle, const Refusal& refusal, std::uint64_t lsn) {
  const auto after = oracle.points().upper_bound(lsn);
  if (refusal.after) {
    REQUIRE(after != oracle.points().end());
    CHECK(lsn_of(refusal.after) == *after);
  }
  if (refusal.before) {
    const auto next = oracle.points().lower_bound(lsn);
    REQUIRE(next != oracle.points().begin());
    CHECK(lsn_of(refusal.before) == *std::prev(next));
  }
}

void check_position_refusal(const ServerOracle& oracle, const Refusal& refusal, std::uint64_t lsn) {
  INFO("refused: " << refusal.message);
  CHECK_FALSE(oracle.is_reachable(lsn));
  if (oracle.chains().empty()) {
    CHECK(refusal.code == Errc::no_base_snapshot);
    return;
  }
  check_neighbours(oracle, refusal, lsn);
  const bool is_before_first = std::none_of(oracle.chains().begin(), oracle.chains().end(),
                                            [&](const auto& chain) { return chain.consistent() <= lsn; });
  if (is_before_first) {
    CHECK(refusal.code == Errc::target_unreachable);
    CHECK(refusal.after.has_value() == has_usable_snapshot(oracle));
  } else if (lsn <= oracle.archived_end()) {
    CHECK(is_cut_off(refusal.code));
  } else if (!oracle.is_head_damaged() && has_usable_snapshot(oracle)) {
    CHECK(refusal.code == Errc::target_unreachable);
    CHECK(refusal.before);
  }
}

void check_position(RandomServer& server, std::uint32_t timeline, const ServerOracle& oracle,
                    std::uint64_t lsn, const std::variant<Plan, Refusal>& answer) {
  INFO("LSN " << lsn);
  if (const auto* plan = std::get_if<Plan>(&answer)) {
    check_plan(server, timeline, oracle, *plan, lsn);
  } else {
    check_position_refusal(oracle, std::get<Refusal>(answer), lsn);
  }
}

bool is_snapshot_of_ancestor(const ServerOracle& oracle, std::uint32_t timeline, std::uint64_t lsn) {
  return std::any_of(oracle.chains().begin(), oracle.chains().end(), [&](const auto& chain) {
    return chain.consistent() == lsn && chain.snapshot->timeline.value != timeline;
  });
}

// Positions at which what stands in segments that can be read commits, or is named.
template <typename Is>
std::set<std::uint64_t> places_of(const ServerOracle& oracle, Is is) {
  std::set<std::uint64_t> places;
  for (const ServerRecord& record : oracle.records()) {
    if (is(record) && oracle.is_archived(record.end)) places.insert(record.end);
  }
  return places;
}

}  // namespace

TEST_CASE("random servers: every LSN is planned exactly, or refused because nothing reaches it") {
  for_random_servers([](RandomServer& server, std::uint32_t timeline, const ServerOracle& oracle) {
    for (std::uint64_t lsn = 1; lsn <= oracle.archived_end() + 2; lsn += server.random(1, 7)) {
      check_position(server, timeline, oracle, lsn, ask(server, on_timeline(timeline, to_lsn(lsn))));
      if (!server.happens(30)) continue;
      check_position(server, timeline, oracle, lsn - 1,
                     ask(server, exclusive(on_timeline(timeline, to_lsn(lsn)))));
    }
  });
}

TEST_CASE("random servers: a time keeps the log up to the first record that is later, and nothing more") {
  for_random_servers([](RandomServer& server, std::uint32_t timeline, const ServerOracle& oracle) {
    for (int i = 0; i < 25; ++i) {
      const double second = 995 + static_cast<double>(server.random(0, 360)) / 4;
      const bool is_exclusive = server.happens(30);
      INFO("second " << second << (is_exclusive ? ", exclusive" : ""));
      PlanRequest request = on_timeline(timeline, to_time(second));
      request.exclusive = is_exclusive;
      const auto answer = ask(server, request);
      const auto stop = oracle.stop_at(at_second(second), is_exclusive);
      if (const auto* refusal = std::get_if<Refusal>(&answer)) {
        INFO("refused: " << refusal->message);
        CHECK_FALSE(stop);
        if (refusal->before) CHECK(oracle.points().contains(lsn_of(refusal->before)));
        if (refusal->after) CHECK(oracle.points().contains(lsn_of(refusal->after)));
        const bool is_known = is_cut_off(refusal->code) || refusal->code == Errc::target_unreachable ||
                              refusal->code == Errc::no_base_snapshot;
        CHECK(is_known);
        continue;
      }
      REQUIRE(stop);
      const auto& plan = std::get<Plan>(answer);
      CHECK(plan.snapshot == stop->chain->snapshot->id);
      CHECK(plan.undecidable == 0);
      check_plan(server, timeline, oracle, plan, stop->lsn);
    }
  });
}

TEST_CASE("random servers: a transaction is found by its whole id, and by its short one if that is unique") {
  for_random_servers([](RandomServer& server, std::uint32_t timeline, const ServerOracle& oracle) {
    for (int i = 0; i < 12; ++i) {
      const std::uint64_t epoch = server.random(0, 2);
      const std::uint64_t wanted = (epoch << 32U) | server.random(700, 740);
      const bool is_exclusive = server.happens(30);
      INFO("transaction " << wanted << (is_exclusive ? ", exclusive" : ""));
      PlanRequest request = on_timeline(timeline, to_xid(wanted));
      request.exclusive = is_exclusive;
      const auto answer = ask(server, request);
      const auto places = places_of(oracle, [&](const ServerRecord& record) {
        const bool is_it = epoch == 0 ? (record.xid & 0xFFFFFFFF) == wanted : record.xid == wanted;
        return record.is_timed() && is_it;
      });
      if (places.size() == 1) {
        const std::uint64_t lsn = *places.begin() - (is_exclusive ? 1 : 0);
        check_position(server, timeline, oracle, lsn, answer);
        continue;
      }
      REQUIRE(std::holds_alternative<Refusal>(answer));
      const auto& refusal = std::get<Refusal>(answer);
      INFO("refused: " << refusal.message);
      if (places.size() > 1) {
        CHECK(refusal.code == Errc::ambiguous_target);
        CHECK(refusal.candidates.size() == places.size());
      } else {
        CHECK(
            (refusal.code == Errc::not_found || (refusal.code == Errc::corrupt && !server.damaged.empty())));
        if (refusal.before) CHECK(oracle.points().contains(lsn_of(refusal.before)));
        if (refusal.after) CHECK(oracle.points().contains(lsn_of(refusal.after)));
      }
    }
  });
}

TEST_CASE("random servers: a restore point is found once, however many copies of it there are") {
  for_random_servers([](RandomServer& server, std::uint32_t timeline, const ServerOracle& oracle) {
    const auto places = places_of(oracle, [](const ServerRecord& record) { return record.name == "a"; });
    const auto answer = ask(server, on_timeline(timeline, to_name("a")));
    if (places.size() == 1) {
      check_position(server, timeline, oracle, *places.begin(), answer);
    } else {
      const auto& refusal = std::get<Refusal>(answer);
      INFO("refused: " << refusal.message);
      const Errc none =
          refusal.code == Errc::corrupt && !server.damaged.empty() ? Errc::corrupt : Errc::not_found;
      CHECK(refusal.code == (places.empty() ? none : Errc::ambiguous_target));
      CHECK(refusal.candidates.size() == places.size());
    }
    for (const std::uint64_t lsn : places)
      check_position(server, timeline, oracle, lsn, ask(server, on_timeline(timeline, to_name("a", lsn))));
  });
}

TEST_CASE("random servers: latest is the very end, or refused with the end of what can be reached") {
  for_random_servers([](RandomServer& server, std::uint32_t timeline, const ServerOracle& oracle) {
    const auto answer = ask(server, on_timeline(timeline, PlanRequest()));
    if (const auto* plan = std::get_if<Plan>(&answer)) {
      check_plan(server, timeline, oracle, *plan, oracle.archived_end());
      return;
    }
    const auto& refusal = std::get<Refusal>(answer);
    INFO("refused: " << refusal.message);
    if (oracle.chains().empty()) {
      CHECK(refusal.code == Errc::no_base_snapshot);
      return;
    }
    if (!oracle.is_head_damaged()) CHECK_FALSE(oracle.is_reachable(oracle.archived_end()));
    CHECK(is_cut_off(refusal.code));
    CHECK(refusal.before.has_value() == has_usable_snapshot(oracle));
    if (refusal.before) CHECK(lsn_of(refusal.before) == *oracle.points().rbegin());
  });
}

TEST_CASE("random servers: immediate is the newest snapshot that has its log") {
  for_random_servers([](RandomServer& server, std::uint32_t timeline, const ServerOracle& oracle) {
    PlanRequest request;
    request.target = ToImmediate{};
    const auto answer = ask(server, on_timeline(timeline, request));
    const auto newest = std::find_if(oracle.chains().rbegin(), oracle.chains().rend(),
                                     [](const auto& chain) { return chain.is_usable(); });
    if (const auto* plan = std::get_if<Plan>(&answer)) {
      REQUIRE(newest != oracle.chains().rend());
      CHECK(plan->snapshot == newest->snapshot->id);
      check_plan(server, timeline, oracle, *plan, newest->consistent());
    } else {
      CHECK(newest == oracle.chains().rend());
    }
  });
}

TEST_CASE("random servers: the default timeline is the highest that holds anything") {
  for_random_servers([](RandomServer& server, std::uint32_t timeline, const ServerOracle& oracle) {
    const auto holds = [&](std::uint32_t id) {
      const auto& snapshots = server.archive.catalogue.snapshots;
      return !server.archive.catalogue.timelines.at(TimelineId{id}).segments.empty() ||
             std::any_of(snapshots.begin(), snapshots.end(),
                         [&](const SnapshotManifest& snapshot) { return snapshot.timeline.value == id; });
    };
    const auto& ids = server.timelines();
    const auto highest = std::find_if(ids.rbegin(), ids.rend(), holds);
    if (highest == ids.rend() || *highest != timeline) return;
    const auto answer = ask(server, {});
    const auto own = ask(server, on_timeline(timeline, PlanRequest()));
    REQUIRE(answer.index() == own.index());
    if (const auto* plan = std::get_if<Plan>(&answer)) {
      CHECK(plan->stop == std::get<Plan>(own).stop);
      CHECK(plan->warnings.size() >= static_cast<std::size_t>(std::distance(ids.rbegin(), highest)));
    }
    const std::uint64_t lsn = server.random(1, oracle.archived_end() + 1);
    const auto any = ask(server, to_lsn(lsn));
    const auto on_own = ask(server, on_timeline(timeline, to_lsn(lsn)));
    const auto* refusal = std::get_if<Refusal>(&any);
    if (refusal != nullptr && refusal->code == Errc::ambiguous_target) {
      CHECK(std::holds_alternative<Plan>(on_own));
      CHECK_FALSE(refusal->candidates.empty());
    } else {
      CHECK(any.index() == on_own.index());
    }
  });
}

TEST_CASE("random servers: the windows of a history hold every point that can be reached, and no other") {
  for_random_servers([](RandomServer& server, std::uint32_t timeline, const ServerOracle& oracle) {
    const Survey found = server.archive.survey();
    const auto path = timeline_path(server.archive.catalogue, TimelineId{timeline});
    for (std::uint64_t lsn = 1; lsn <= oracle.archived_end() + 1; ++lsn) {
      INFO("LSN " << lsn);
      bool is_in_own = false;
      bool is_in_any = false;
      for (const Window& window : found.windows) {
        if (lsn < window.start.lsn.value || lsn > window.end.lsn.value) continue;
        is_in_own |= window.timeline.value == timeline;
        for (const PathElement& element : path) {
          const bool is_within = !element.bound || lsn <= element.bound->value;
          is_in_any |= window.timeline == element.timeline->id && is_within;
        }
      }
      if (is_in_own) CHECK(oracle.is_reachable(lsn));
      // An ancestor's snapshot may be restored by way of this timeline's copy of its log alone.
      if (oracle.points().contains(lsn) && !is_snapshot_of_ancestor(oracle, timeline, lsn)) CHECK(is_in_any);
    }
  });
}

TEST_CASE("random servers: what is missing is told, and nothing else") {
  for_random_servers([](RandomServer& server, std::uint32_t timeline, const ServerOracle& oracle) {
    const Survey found = server.archive.survey();
    if (server.unusable.empty()) CHECK(found.gaps.empty());
    if (server.conflicts.empty()) CHECK(found.conflicts.empty());
    std::map<std::string, int> reasons;
    for (const Gap& gap : found.gaps) CHECK(++reasons[gap.reason] == 1);
    // A hole behind which the timeline goes on.
    const auto& segments = server.archive.catalogue.timelines.at(TimelineId{timeline}).segments;
    for (const auto& [id, number] : server.unusable) {
      if (id != timeline || segments.empty() || number >= segments.back().number.value) continue;
      const bool is_told = std::any_of(found.gaps.begin(), found.gaps.end(), [&](const Gap& gap) {
        return gap.timeline.value == timeline && gap.missing_objects;
      });
      CHECK(is_told);
    }
    static_cast<void>(oracle);
  });
}

TEST_CASE("random servers: a snapshot without its log is told of") {
  for_random_servers([](RandomServer& server, std::uint32_t timeline, const ServerOracle&) {
    if (timeline != *server.timelines().begin()) return;
    std::set<std::string> usable;
    for (const std::uint32_t id : server.timelines()) {
      const ServerOracle oracle(server, id);
      for (const auto& chain : oracle.chains()) {
        if (chain.is_usable()) usable.insert(chain.snapshot->id);
      }
    }
    const Catalogue catalogue = server.archive.loaded_catalogue();
    const auto found = snapshots_without_log(catalogue);
    CHECK(usable.size() + found.size() == catalogue.snapshots.size());
    for (const SnapshotWithoutLog& broken : found) {
      CHECK_FALSE(usable.contains(broken.snapshot->id));
      CHECK(broken.log_end < broken.snapshot->consistent_lsn);
      CHECK_FALSE(broken.reason.empty());
    }
  });
}
