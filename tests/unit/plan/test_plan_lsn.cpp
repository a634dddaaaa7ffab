#include "plan_checks.hpp"

using namespace pitr;
using namespace pitr::test;

TEST_CASE("an LSN keeps the commits that end at or before it") {
  auto history = plain_history();
  SUBCASE("at a commit") {
    const Plan plan = planned(history, to_lsn(140));
    CHECK(plan.stop == Lsn{140});
    CHECK(plan.reached.lsn == Lsn{140});
    CHECK(plan.reached.xid == Xid{1140});
    CHECK(lsn_of(plan.first_dropped) == 150);
    CHECK(plan.snapshot == "S100");
    CHECK(numbers(plan) == Numbers{3, 4});
    CHECK(plan.log_bytes == 5000);
    CHECK(plan.log_stored_bytes == 500);
    CHECK(plan.snapshot_bytes == 1'000'000);
    CHECK(plan.timeline == TimelineId{1});
  }
  SUBCASE("between two") {
    const Plan plan = planned(history, to_lsn(125));
    CHECK(plan.stop == Lsn{125});
    CHECK(plan.reached.lsn == Lsn{120});
    CHECK(lsn_of(plan.first_dropped) == 130);
    CHECK(numbers(plan) == Numbers{3});
    CHECK(plan.segments.back().from == Lsn{100});
    CHECK(plan.segments.back().to == Lsn{125});
  }
  SUBCASE("between the end of one segment and the first commit of the next") {
    const Plan plan = planned(history, to_lsn(135));
    CHECK(plan.reached.lsn == Lsn{130});
    CHECK(lsn_of(plan.first_dropped) == 140);
    CHECK(history.scanned.empty());
  }
  SUBCASE("at a snapshot, whose chain needs no log") {
    const Plan plan = planned(history, to_lsn(150));
    CHECK(plan.snapshot == "S150");
    CHECK(plan.segments.empty());
    CHECK(plan.reached.lsn == Lsn{150});
    CHECK(lsn_of(plan.first_dropped) == 160);
  }
  SUBCASE("at the end") {
    const Plan plan = planned(history, to_lsn(170));
    CHECK(plan.reached.lsn == Lsn{170});
    CHECK_FALSE(plan.first_dropped);
  }
}

TEST_CASE("an exclusive LSN drops the commit that ends exactly there") {
  auto history = plain_history();
  SUBCASE("in the middle of a segment") {
    const Plan plan = planned(history, exclusive(to_lsn(130)));
    CHECK(plan.stop == Lsn{120});
    CHECK(lsn_of(plan.first_dropped) == 130);
  }
  SUBCASE("the first of a segment") {
    const Plan plan = planned(history, exclusive(to_lsn(140)));
    CHECK(plan.stop == Lsn{130});
    CHECK(numbers(plan) == Numbers{3});
  }
  SUBCASE("the one a snapshot was taken at needs the snapshot before") {
    const Plan plan = planned(history, exclusive(to_lsn(150)));
    CHECK(plan.snapshot == "S100");
    CHECK(plan.stop == Lsn{140});
  }
  SUBCASE("where no commit ends, nothing more is dropped") {
    CHECK(planned(history, exclusive(to_lsn(125))).stop == Lsn{120});
  }
  SUBCASE("that of the first snapshot cannot be dropped") {
    const Refusal refusal = refused(history, exclusive(to_lsn(100)));
    CHECK(refusal.code == Errc::target_unreachable);
    CHECK(lsn_of(refusal.after) == 100);
  }
}

TEST_CASE(
    "an LSN before the first snapshot or beyond the end is unreachable, and the nearest point is named") {
  auto history = plain_history();
  SUBCASE("before") {
    const Refusal refusal = refused(history, to_lsn(99));
    CHECK(refusal.code == Errc::target_unreachable);
    CHECK_FALSE(refusal.before);
    CHECK(lsn_of(refusal.after) == 100);
    CHECK(contains(refusal.message, "LSN 99 lies before the first snapshot, S100, which begins at LSN 100"));
    CHECK(refusal.hint == "--to-lsn 100 is the nearest point after");
  }
  SUBCASE("beyond") {
    const Refusal refusal = refused(history, to_lsn(171));
    CHECK(refusal.code == Errc::target_unreachable);
    CHECK_FALSE(refusal.after);
    CHECK(lsn_of(refusal.before) == 170);
    CHECK(contains(refusal.message, "LSN 171 lies after the end of the log archived on timeline 1"));
    CHECK(contains(refusal.hint, "--to-lsn 170"));
  }
}

TEST_CASE("a missing segment cuts off what is after it, up to the next snapshot") {
  auto history = plain_history();
  history.lose(1, 4);
  for (const std::uint64_t lsn : {131U, 140U, 149U}) {
    const Refusal refusal = refused(history, to_lsn(lsn));
    CHECK(refusal.code == Errc::wal_gap);
    CHECK(lsn_of(refusal.before) == 130);
    CHECK(lsn_of(refusal.after) == 150);
    CHECK(contains(refusal.message, "segment 4 of timeline 1 is missing"));
    CHECK(refusal.hint == "--to-lsn 130 is the nearest point before, --to-lsn 150 the nearest after");
  }
  CHECK(planned(history, to_lsn(130)).reached.lsn == Lsn{130});
  CHECK(planned(history, to_lsn(160)).snapshot == "S150");
}

TEST_CASE("where the newest segments are missing, a snapshot beyond them shows that there is a gap") {
  auto history = plain_history();
  history.log(1, {180}).log(1, {190}).snapshot(1).lose(1, 7).lose(1, 8);
  const Refusal refusal = refused(history, to_lsn(180));
  CHECK(refusal.code == Errc::wal_gap);
  CHECK(lsn_of(refusal.before) == 170);
  CHECK(lsn_of(refusal.after) == 190);
  CHECK(contains(refusal.message, "segments 7 to 8 of timeline 1 are missing"));
  CHECK(refused(history, to_time(180)).code == Errc::wal_gap);
  CHECK(planned(history, {}).stop == Lsn{190});
}

TEST_CASE("log that was never archived is a gap, where nothing follows as well") {
  CatalogueBuilder history;
  history.timeline(1).start(1, 100).snapshot(1).log(1, {110}).start(1, 200).log(1, {210});
  const Refusal inside = refused(history, to_lsn(205));
  CHECK(inside.code == Errc::wal_gap);
  CHECK(lsn_of(inside.before) == 110);
  CHECK_FALSE(inside.after);
  CHECK(contains(inside.message, "no log was archived between LSN 110 and 200"));
  const Refusal beyond = refused(history, to_lsn(211));
  CHECK(beyond.code == Errc::target_unreachable);
  CHECK(lsn_of(beyond.before) == 110);
}

TEST_CASE("a damaged segment that the target needs is corrupt, and named") {
  auto history = plain_history();
  history.damage(1, 4);
  const Refusal refusal = refused(history, to_lsn(140));
  CHECK(refusal.code == Errc::corrupt);
  CHECK(contains(refusal.message, "segment 4 of timeline 1 cannot be read: its sum does not hold"));
  CHECK(lsn_of(refusal.before) == 130);
  CHECK(lsn_of(refusal.after) == 150);
  CHECK(planned(history, to_lsn(130)).stop == Lsn{130});
}

TEST_CASE("segments whose tokens differ are never chained") {
  auto history = plain_history();
  history.log_with(1, {.commits = {180}, .link_in = "another history"});
  const Refusal refusal = refused(history, to_lsn(180));
  CHECK(refusal.code == Errc::log_conflict);
  CHECK(lsn_of(refusal.before) == 170);
  CHECK(contains(refusal.message, "segment 7 of timeline 1 does not continue the log at LSN 170"));
}

TEST_CASE("inside a bridge nothing can be addressed, at its ends everything can") {
  CatalogueBuilder history;
  history.timeline(1).start(1, 100).snapshot(1).log(1, {110, 120}).bridge(1, 150, 30).log(1, {160});
  for (const std::uint64_t lsn : {121U, 149U}) {
    const Refusal refusal = refused(history, to_lsn(lsn));
    CHECK(refusal.code == Errc::target_unreachable);
    CHECK(lsn_of(refusal.before) == 120);
    CHECK(lsn_of(refusal.after) == 150);
    CHECK(contains(refusal.message, "30 commits"));
  }
  const Plan start = planned(history, to_lsn(120));
  CHECK(numbers(start) == Numbers{2});
  CHECK(lsn_of(start.first_dropped) == 150);
  const Plan end = planned(history, to_lsn(150));
  CHECK(end.reached.lsn == Lsn{150});
  CHECK(numbers(end) == Numbers{2, 3});
  CHECK(planned(history, exclusive(to_lsn(150))).stop == Lsn{120});
  CHECK(refused(history, exclusive(to_lsn(149))).code == Errc::target_unreachable);
}

TEST_CASE("a snapshot that was asked for is used, or the reason why not is said") {
  auto history = plain_history();
  CHECK(planned(history, from_snapshot("S100", to_lsn(160))).snapshot == "S100");
  const Refusal before = refused(history, from_snapshot("S150", to_lsn(140)));
  CHECK(before.code == Errc::target_unreachable);
  CHECK(contains(before.message, "before snapshot S150"));
  const Refusal unknown = refused(history, from_snapshot("S1", to_lsn(140)));
  CHECK(unknown.code == Errc::not_found);
  CHECK(contains(unknown.hint, "S150, S100"));
  history.lose(1, 4);
  CHECK(refused(history, from_snapshot("S100", to_lsn(160))).code == Errc::wal_gap);
}

TEST_CASE("newer snapshots that do not do are reported with the reason") {
  auto history = plain_history();
  const Plan plan = planned(history, to_lsn(120));
  REQUIRE(plan.rejected.size() == 1);
  CHECK(plan.rejected[0].id == "S150");
  CHECK(contains(plan.rejected[0].reason, "after the target, at LSN 150"));
  CHECK(plan.warnings.empty());
}

TEST_CASE("a damaged snapshot is never replaced silently") {
  auto history = plain_history();
  history.damage_snapshot("S150");
  const Plan plan = planned(history, to_lsn(160));
  CHECK(plan.snapshot == "S100");
  REQUIRE(plan.rejected.size() == 1);
  CHECK(plan.rejected[0].id == "S150");
  REQUIRE(plan.warnings.size() == 1);
  CHECK(contains(plan.warnings[0], "snapshot S150 cannot be read"));
  CHECK(refused(history, from_snapshot("S150", to_lsn(160))).code == Errc::corrupt);

  history.damage_snapshot("S100");
  const Refusal refusal = refused(history, to_lsn(160));
  CHECK(refusal.code == Errc::corrupt);
  CHECK(contains(refusal.message, "S150"));
}

TEST_CASE("where the first snapshot is damaged, what only it reached is corrupt") {
  auto history = plain_history();
  history.damage_snapshot("S100");
  const Refusal refusal = refused(history, to_lsn(120));
  CHECK(refusal.code == Errc::corrupt);
  CHECK(contains(refusal.message, "S100 cannot be read"));
  CHECK(lsn_of(refusal.after) == 150);
  CHECK(planned(history, to_lsn(170)).warnings.empty());
}

TEST_CASE("a snapshot that does not fit the log gives way to the one before, with a warning") {
  auto history = plain_history();
  history.catalogue.snapshots.back().link = "another history";
  const Plan plan = planned(history, to_lsn(160));
  CHECK(plan.snapshot == "S100");
  REQUIRE(plan.rejected.size() == 1);
  CHECK(plan.rejected[0].id == "S150");
  CHECK(plan.warnings.size() == 1);
}

TEST_CASE("a snapshot that becomes consistent later than replay begins serves from there on") {
  CatalogueBuilder history;
  history.timeline(1).start(1, 100).snapshot(1).log(1, {110, 120}).log(1, {130});
  history.catalogue.snapshots[0].consistent_lsn = Lsn{115};
  history.catalogue.snapshots[0].point = {Lsn{110}, at_second(110), Xid{1110}};
  CHECK(refused(history, to_lsn(112)).code == Errc::target_unreachable);
  const Plan plan = planned(history, to_lsn(115));
  CHECK(numbers(plan) == Numbers{2});
  CHECK(plan.reached.xid == Xid{1110});
  CHECK(lsn_of(plan.first_dropped) == 120);
  PlanRequest immediate;
  immediate.target = ToImmediate{};
  CHECK(planned(history, immediate).stop == Lsn{115});
}
