#include "plan_checks.hpp"

using namespace pitr;
using namespace pitr::test;

namespace {

// Commits as one look after another saw them: 110 and 120 at second 60, 130 at 120, 140 and 150 at 120.5.
CatalogueBuilder seen_history() {
  CatalogueBuilder history;
  history.timeline(1).start(1, 100).snapshot(1);
  history.catalogue.snapshots[0].point.time = at_second(0);
  history.log_with(1, {.commits = {{110, 0, 60}, {120, 0, 60}}, .captured_to = 60});
  history.log_with(1, {.commits = {{130, 60, 120}}, .captured_to = 120});
  history.log_with(1, {.commits = {{140, 120, 120.5}, {150, 120, 120.5}}, .captured_to = 120.5});
  return history;
}

}  // namespace

TEST_CASE("a time keeps the log before the first commit that is later") {
  auto history = plain_history();
  SUBCASE("at a commit's time") {
    const Plan plan = planned(history, to_time(120));
    CHECK(plan.reached.lsn == Lsn{120});
    CHECK(plan.stop == Lsn{120});
    CHECK(lsn_of(plan.first_dropped) == 130);
  }
  SUBCASE("between commits") { CHECK(planned(history, to_time(129.9)).reached.lsn == Lsn{120}); }
  SUBCASE("between segments, which needs no scan") {
    CHECK(planned(history, to_time(135)).reached.lsn == Lsn{130});
    CHECK(history.scanned.empty());
  }
  SUBCASE("at a snapshot") { CHECK(planned(history, to_time(155)).snapshot == "S150"); }
  SUBCASE("exclusive, at a commit's time") {
    const Plan plan = planned(history, exclusive(to_time(120)));
    CHECK(plan.reached.lsn == Lsn{110});
    CHECK(lsn_of(plan.first_dropped) == 120);
  }
  SUBCASE("exclusive, at the time of a snapshot") {
    const Plan plan = planned(history, exclusive(to_time(150)));
    CHECK(plan.snapshot == "S100");
    CHECK(plan.reached.lsn == Lsn{140});
  }
}

TEST_CASE("a time before the first point or after the last is unreachable, and by how much is said") {
  auto history = plain_history();
  const Refusal before = refused(history, to_time(59));
  CHECK(before.code == Errc::target_unreachable);
  CHECK(contains(before.message, "lies 41 s before the first snapshot"));
  CHECK(lsn_of(before.after) == 100);
  CHECK_FALSE(before.before);
  const Refusal after = refused(history, to_time(211));
  CHECK(after.code == Errc::target_unreachable);
  CHECK(contains(after.message, "lies 41 s after the end"));
  CHECK(lsn_of(after.before) == 170);
  CHECK_FALSE(after.after);
}

TEST_CASE("the end of the log is reached by a time up to which it was captured") {
  auto history = plain_history();
  history.log_with(1, {.commits = {180}, .captured_to = 200});
  CHECK(planned(history, to_time(200)).reached.lsn == Lsn{180});
  CHECK(planned(history, exclusive(to_time(200))).reached.lsn == Lsn{180});
  const Refusal after = refused(history, to_time(200.5));
  CHECK(after.code == Errc::target_unreachable);
  CHECK(contains(after.message, "complete up to 2026-01-01T00:03:20.000000Z"));
}

TEST_CASE("a snapshot alone reaches the time it was captured to") {
  CatalogueBuilder history;
  history.timeline(1).start(1, 100).snapshot(1);
  history.catalogue.snapshots[0].captured_to = at_second(130);
  CHECK(planned(history, to_time(130)).stop == Lsn{100});
  CHECK(refused(history, to_time(131)).code == Errc::target_unreachable);
}

TEST_CASE("a time in a gap is a gap with both neighbours") {
  CatalogueBuilder history;
  history.timeline(1).start(1, 100).snapshot(1).log_with(1, {.commits = {110}, .captured_to = 115});
  history.start(1, 200).snapshot(1).log(1, {210});
  CHECK(planned(history, to_time(115)).reached.lsn == Lsn{110});
  const Refusal refusal = refused(history, to_time(150));
  CHECK(refusal.code == Errc::wal_gap);
  CHECK(lsn_of(refusal.before) == 110);
  CHECK(lsn_of(refusal.after) == 200);
}

TEST_CASE("a time after a gap that no snapshot follows is a gap, and beyond all log it is after the end") {
  CatalogueBuilder history;
  history.timeline(1).start(1, 100).snapshot(1).log(1, {110}).log(1, {120}).log(1, {130}).lose(1, 3);
  CHECK(refused(history, to_time(125)).code == Errc::wal_gap);
  const Refusal beyond = refused(history, to_time(140));
  CHECK(beyond.code == Errc::target_unreachable);
  CHECK(lsn_of(beyond.before) == 110);
}

TEST_CASE("the time at which commits were seen keeps all of them") {
  auto history = seen_history();
  CHECK(planned(history, to_time(60)).reached.lsn == Lsn{120});
  CHECK(planned(history, to_time(120)).reached.lsn == Lsn{130});
  CHECK(planned(history, to_time(120.5)).reached.lsn == Lsn{150});
}

TEST_CASE("a time between two looks that lie far apart is refused, with the points on both sides") {
  auto history = seen_history();
  const Refusal refusal = refused(history, to_time(30));
  CHECK(refusal.code == Errc::target_unreachable);
  CHECK(contains(refusal.message, "2 commits seen between"));
  CHECK(lsn_of(refusal.before) == 100);
  CHECK(lsn_of(refusal.after) == 120);
  CHECK(contains(refusal.hint, "--to-lsn 100 keeps none of them, --to-lsn 120 all"));
  CHECK(contains(refusal.hint, "--time-tolerance 60s"));
  PlanRequest tolerant = to_time(30);
  tolerant.time_tolerance = std::chrono::seconds(60);
  const Plan plan = planned(history, tolerant);
  CHECK(plan.reached.lsn == Lsn{100});
  CHECK(plan.undecidable == 2);
}

TEST_CASE("a time between two looks close together keeps what is certain and counts the rest") {
  auto history = seen_history();
  const Plan plan = planned(history, to_time(120.2));
  CHECK(plan.reached.lsn == Lsn{130});
  CHECK(plan.undecidable == 2);
  CHECK(lsn_of(plan.first_dropped) == 140);
  REQUIRE(plan.warnings.size() == 1);
  CHECK(contains(plan.warnings[0], "2 commits seen between"));
}

TEST_CASE("the commits of one look are counted across segments") {
  CatalogueBuilder history;
  history.timeline(1).start(1, 100).snapshot(1);
  history.catalogue.snapshots[0].point.time = at_second(0);
  history.log(1, {{110, 0, 10}, {120, 10, 70}})
      .log(1, {{130, 10, 70}})
      .log(1, {{140, 10, 70}, {150, 70, 80}});
  const Refusal refusal = refused(history, to_time(30));
  CHECK(contains(refusal.message, "3 commits"));
  CHECK(lsn_of(refusal.before) == 110);
  CHECK(lsn_of(refusal.after) == 140);
}

TEST_CASE("commits of one look are not counted where the log does not show all of them") {
  CatalogueBuilder history;
  history.timeline(1).start(1, 100).snapshot(1);
  history.catalogue.snapshots[0].point.time = at_second(0);
  history.log(1, {{110, 10, 11}});
  std::string reason;
  SUBCASE("the next segment cannot be read") {
    history.log(1, {{120, 10, 11}}).damage(1, 3).log(1, {{130, 11, 20}});
    reason = "segment 3 of timeline 1 cannot be read";
  }
  SUBCASE("the next segment is missing") {
    history.log(1, {{120, 10, 11}}).lose(1, 3).log(1, {{130, 11, 20}});
    reason = "segment 3 of timeline 1 is missing";
  }
  SUBCASE("the next segment is a bridge") {
    history.bridge(1, {130, 10.25, 20});
    reason = "segment 3 of timeline 1 is a bridge";
  }
  SUBCASE("nothing follows, and the log is complete up to an earlier time only") {
    history.log_with(1, {.commits = {{120, 10, 11}}, .captured_to = 10.25});
    reason = "nothing is archived beyond LSN 120";
  }
  const Refusal refusal = refused(history, to_time(10.5));
  CHECK(refusal.code == Errc::target_unreachable);
  CHECK(contains(refusal.message, "seen between"));
  CHECK(contains(refusal.message, "there may be more of them: " + reason));
  CHECK_FALSE(contains(refusal.hint, "--time-tolerance"));
  CHECK(lsn_of(refusal.before) == 100);
  CHECK(lsn_of(refusal.after) >= 110);
}

TEST_CASE("commits of one look are counted at the end of a log that is complete up to the target") {
  CatalogueBuilder history;
  history.timeline(1).start(1, 100).snapshot(1);
  history.catalogue.snapshots[0].point.time = at_second(0);
  history.log_with(1, {.commits = {{110, 10, 11}, {120, 10, 11}}, .captured_to = 10.5});
  const Plan plan = planned(history, to_time(10.5));
  CHECK(plan.reached.lsn == Lsn{100});
  CHECK(plan.undecidable == 2);
}

TEST_CASE("a time within a bridge is refused whatever the tolerance") {
  CatalogueBuilder history;
  history.timeline(1).start(1, 100).snapshot(1).log(1, {110}).bridge(1, 150).log(1, {160});
  PlanRequest request = to_time(130);
  request.time_tolerance = std::chrono::hours(1);
  const Refusal refusal = refused(history, request);
  CHECK(refusal.code == Errc::target_unreachable);
  CHECK(lsn_of(refusal.before) == 110);
  CHECK(lsn_of(refusal.after) == 150);
  CHECK(planned(history, to_time(150)).reached.lsn == Lsn{150});
  CHECK(planned(history, to_time(110)).reached.lsn == Lsn{110});
}

TEST_CASE("later commits with earlier times are dropped too, and counted") {
  CatalogueBuilder history;
  history.timeline(1).start(1, 100).snapshot(1).log(1,
                                                    {110, {120, 500, 500}, {130, 111, 111}, {140, 112, 112}});
  const Plan plan = planned(history, to_time(115));
  CHECK(plan.reached.lsn == Lsn{110});
  REQUIRE(plan.warnings.size() == 1);
  CHECK(contains(plan.warnings[0], "2 commits later in the log with earlier times"));
}

TEST_CASE("a snapshot behind one with a later time is not begun from") {
  CatalogueBuilder history;
  history.timeline(1)
      .start(1, 100)
      .snapshot(1)
      .log(1, {{110, 500, 500}})
      .snapshot(1)
      .log(1, {120})
      .snapshot(1);
  history.catalogue.snapshots[1].point.time = at_second(500);
  const Plan plan = planned(history, to_time(130));
  CHECK(plan.snapshot == "S100");
  CHECK(plan.reached.lsn == Lsn{100});
}
