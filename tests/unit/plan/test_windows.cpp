#include "plan/windows.hpp"
#include "plan_checks.hpp"

using namespace pitr;
using namespace pitr::test;

TEST_CASE("one window reaches from the first snapshot of a whole log to its head") {
  auto history = plain_history();
  const Survey found = history.survey();
  REQUIRE(found.windows.size() == 1);
  const Window& window = found.windows[0];
  CHECK(window.timeline == TimelineId{1});
  CHECK(window.snapshot == "S100");
  CHECK(window.start.lsn == Lsn{100});
  CHECK(window.start.xid == Xid{1100});
  CHECK(window.end.lsn == Lsn{170});
  CHECK(window.ended_by == WindowEnd::head);
  CHECK(window.commits == 7);
  CHECK(window.stored_bytes == 700);
  CHECK(found.gaps.empty());
  CHECK(found.conflicts.empty());
}

TEST_CASE("what lies before the first snapshot is in no window") {
  CatalogueBuilder history;
  history.timeline(1).start(1, 100).log(1, {110, 120}).snapshot(1).log(1, {130});
  const Survey found = history.survey();
  REQUIRE(found.windows.size() == 1);
  CHECK(found.windows[0].start.lsn == Lsn{120});
  CHECK(found.windows[0].commits == 1);
  CHECK(found.gaps.empty());
}

TEST_CASE("a start without a snapshot is no window, a snapshot alone is one") {
  CatalogueBuilder history;
  history.timeline(1).start(1, 100);
  CHECK(history.survey().windows.empty());
  history.snapshot(1).mark(1);
  const Survey found = history.survey();
  REQUIRE(found.windows.size() == 1);
  CHECK(found.windows[0].start == found.windows[0].end);
  CHECK(found.windows[0].commits == 0);
}

TEST_CASE("a missing segment ends a window, and the next snapshot begins another") {
  auto history = plain_history();
  history.lose(1, 4);
  const Survey found = history.survey();
  REQUIRE(found.windows.size() == 2);
  CHECK(found.windows[0].end.lsn == Lsn{130});
  CHECK(found.windows[0].ended_by == WindowEnd::gap);
  CHECK(found.windows[1].start.lsn == Lsn{150});
  REQUIRE(found.gaps.size() == 1);
  CHECK(found.gaps[0].missing_objects);
  CHECK(lsn_of(found.gaps[0].start) == 130);
  CHECK(lsn_of(found.gaps[0].end) == 150);
  CHECK(found.gaps[0].reason == "segment 4 of timeline 1 is missing");
}

TEST_CASE("every missing number is a gap, wherever it lies") {
  SUBCASE("the very first") {
    auto history = plain_history();
    const Survey found = history.lose(1, 1).survey();
    REQUIRE(found.gaps.size() == 1);
    CHECK_FALSE(found.gaps[0].start);
    CHECK(found.windows.size() == 1);
  }
  SUBCASE("a mark") {
    auto history = plain_history();
    const Survey found = history.lose(1, 5).survey();
    REQUIRE(found.gaps.size() == 1);
    CHECK(found.gaps[0].reason == "segment 5 of timeline 1 is missing");
  }
  SUBCASE("the newest, where a snapshot speaks of them") {
    auto history = plain_history();
    history.log(1, {180}).log(1, {190}).snapshot(1).lose(1, 7).lose(1, 8);
    const Survey found = history.survey();
    REQUIRE(found.gaps.size() == 1);
    CHECK(found.gaps[0].reason == "segments 7 to 8 of timeline 1 are missing");
    CHECK(lsn_of(found.gaps[0].start) == 170);
    CHECK(lsn_of(found.gaps[0].end) == 190);
    REQUIRE(found.windows.size() == 2);
    CHECK(found.windows[0].ended_by == WindowEnd::gap);
    CHECK(found.windows[1].ended_by == WindowEnd::head);
  }
  SUBCASE("of a timeline without a readable document") {
    auto history = plain_history();
    history.lose(1, 4).damage_timeline(1);
    const Survey found = history.survey();
    CHECK(found.gaps.size() == 1);
    CHECK(found.windows.empty());
  }
}

TEST_CASE("damaged segments and missing ones beside them are one gap") {
  auto history = plain_history();
  history.log(1, {180}).damage(1, 4).lose(1, 5);
  const Survey found = history.survey();
  REQUIRE(found.gaps.size() == 1);
  CHECK(found.gaps[0].missing_objects);
  CHECK(found.gaps[0].reason ==
        "segment 4 of timeline 1 cannot be read: its sum does not hold; segment 5 of timeline 1 is missing");
}

TEST_CASE("log that was never archived is a gap without missing objects") {
  CatalogueBuilder history;
  history.timeline(1).start(1, 100).snapshot(1).log(1, {110}).start(1, 150).snapshot(1).log(1, {160});
  const Survey found = history.survey();
  REQUIRE(found.gaps.size() == 1);
  CHECK_FALSE(found.gaps[0].missing_objects);
  CHECK(lsn_of(found.gaps[0].start) == 110);
  CHECK(lsn_of(found.gaps[0].end) == 150);
  CHECK(found.gaps[0].end->xid == Xid{1150});
  CHECK(found.windows.size() == 2);
}

TEST_CASE("a conflict ends a window and is reported with the segment that does not fit") {
  auto history = plain_history();
  history.log_with(1, {.commits = {180}, .link_in = "another history"}).log(1, {190});
  const Survey found = history.survey();
  REQUIRE(found.windows.size() == 1);
  CHECK(found.windows[0].end.lsn == Lsn{170});
  CHECK(found.windows[0].ended_by == WindowEnd::conflict);
  REQUIRE(found.conflicts.size() == 1);
  CHECK(found.conflicts[0].segment == SegmentNumber{7});
  CHECK(found.gaps.empty());
}

TEST_CASE("a snapshot where a chain ends joins both sides to one window") {
  auto history = plain_history();
  history.log_with(1, {.commits = {180}, .link_in = "another history"});
  history.snapshot_at(1, 170, 7);
  history.catalogue.snapshots.back().link = "another history";
  const Survey found = history.survey();
  REQUIRE(found.windows.size() == 1);
  CHECK(found.windows[0].end.lsn == Lsn{180});
  CHECK(found.windows[0].ended_by == WindowEnd::head);
  CHECK(found.conflicts.size() == 1);
}

TEST_CASE("bridges are listed with both ends and what they hide") {
  CatalogueBuilder history;
  history.timeline(1).start(1, 100).snapshot(1).log(1, {110}).bridge(1, 150, 12).log(1, {160}).bridge(1, 180);
  const Survey found = history.survey();
  REQUIRE(found.windows.size() == 1);
  const auto& bridges = found.windows[0].bridges;
  REQUIRE(bridges.size() == 2);
  CHECK(bridges[0].start.lsn == Lsn{110});
  CHECK(bridges[0].start.xid == Xid{1110});
  CHECK(bridges[0].end.lsn == Lsn{150});
  CHECK(bridges[0].hidden_commits == 12);
  CHECK_FALSE(bridges[1].hidden_commits);
  CHECK(found.windows[0].commits == 4);
}

TEST_CASE("a child's window begins at its fork, the parent's goes on") {
  auto history = plain_history();
  history.fork(2, 1, 145).log(2, {155, 165}).snapshot(2).log(2, {175});
  const Survey found = history.survey();
  REQUIRE(found.windows.size() == 2);
  CHECK(found.windows[0].timeline == TimelineId{1});
  CHECK(found.windows[0].end.lsn == Lsn{170});
  CHECK(found.windows[1].timeline == TimelineId{2});
  CHECK(found.windows[1].snapshot == "S100");
  CHECK(found.windows[1].start.lsn == Lsn{145});
  CHECK(found.windows[1].end.lsn == Lsn{175});
  CHECK(found.windows[1].commits == 3);
  CHECK(found.gaps.empty());
  CHECK(found.conflicts.empty());
}

TEST_CASE("a fork at a commit that ends a segment is a known point") {
  auto history = plain_history();
  history.fork(2, 1, 130).log(2, {135});
  const Survey found = history.survey();
  REQUIRE(found.windows.size() == 2);
  CHECK(found.windows[1].start.xid == Xid{1130});
}

TEST_CASE("a grandchild goes on from the fork of its parent") {
  auto history = plain_history();
  history.fork(2, 1, 130).log(2, {135, 140}).fork(3, 2, 135).log(3, {136});
  const Survey found = history.survey();
  REQUIRE(found.windows.size() == 3);
  CHECK(found.windows[2].timeline == TimelineId{3});
  CHECK(found.windows[2].snapshot == "S100");
  CHECK(found.windows[2].start.lsn == Lsn{135});
  CHECK(found.windows[2].end.lsn == Lsn{136});
}

TEST_CASE(
    "a child whose parent does not reach the fork has only its own windows, and the hole is told once") {
  auto history = plain_history();
  history.lose(1, 4);
  history.fork(2, 1, 145).log(2, {155}).snapshot(2).log(2, {165});
  const Survey found = history.survey();
  REQUIRE(found.windows.size() == 3);
  CHECK(found.windows[2].timeline == TimelineId{2});
  CHECK(found.windows[2].start.lsn == Lsn{155});
  CHECK(found.gaps.size() == 1);

  CatalogueBuilder cut;
  cut.timeline(1).start(1, 100).snapshot(1).log(1, {110}).fork(2, 1, 120).log(2, {130});
  const Survey also = cut.survey();
  CHECK(also.windows.size() == 1);
  REQUIRE(also.gaps.size() == 1);
  CHECK(also.gaps[0].timeline == TimelineId{2});
  CHECK(contains(also.gaps[0].reason, "archived to LSN 110 only"));
}

TEST_CASE("a snapshot of a child whose log is damaged behind the fork begins a window of its own") {
  auto history = plain_history();
  history.fork(2, 1, 145).mark(2).mark(2).damage(2, 2).snapshot(2).log(2, {155});
  const Survey found = history.survey();
  REQUIRE(found.windows.size() == 2);
  CHECK(found.windows[1].snapshot == "S145b");
  CHECK(found.windows[1].start.lsn == Lsn{145});
  CHECK(found.windows[1].end.lsn == Lsn{155});
}

TEST_CASE("a child that does not continue its parent is a conflict of the child") {
  auto history = plain_history();
  history.fork(2, 1, 130).log_with(2, {.commits = {135}, .link_in = "another history"}).log(2, {140});
  const Survey found = history.survey();
  CHECK(found.windows.size() == 1);
  REQUIRE(found.conflicts.size() == 1);
  CHECK(found.conflicts[0].timeline == TimelineId{2});
  CHECK(found.gaps.empty());
}

TEST_CASE("a timeline begun but not archived has no window") {
  auto history = plain_history();
  history.fork(2, 1, 130);
  CHECK(history.survey().windows.size() == 1);
  CHECK(history.survey().gaps.empty());
}
