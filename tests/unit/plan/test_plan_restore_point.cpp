#include "plan_checks.hpp"

using namespace pitr;
using namespace pitr::test;

TEST_CASE("a restore point is the state at its LSN") {
  auto history = plain_history();
  history.restore_point("before-migration", 1, 140);
  const Plan plan = planned(history, to_name("before-migration"));
  CHECK(plan.stop == Lsn{140});
  CHECK(lsn_of(plan.first_dropped) == 150);
}

TEST_CASE("an unknown name is not found, and similar ones are named") {
  auto history = plain_history();
  CHECK(contains(refused(history, to_name("release-1")).hint, "there are none"));
  history.restore_point("nightly", 1, 120).restore_point("release-2", 1, 140);
  const Refusal refusal = refused(history, to_name("relase-2"));
  CHECK(refusal.code == Errc::not_found);
  CHECK(refusal.hint == "there are release-2, nightly");
}

TEST_CASE("a name that several points bear is ambiguous, and NAME@LSN tells them apart") {
  auto history = plain_history();
  history.restore_point("nightly", 1, 120).restore_point("nightly", 1, 140);
  const Refusal refusal = refused(history, to_name("nightly"));
  CHECK(refusal.code == Errc::ambiguous_target);
  REQUIRE(refusal.candidates.size() == 2);
  CHECK(refusal.candidates[0].point.lsn == Lsn{120});
  CHECK(refusal.hint == "--to-restore-point nightly@120 or --to-restore-point nightly@140");
  CHECK(planned(history, to_name("nightly", 120)).stop == Lsn{120});
  const Refusal elsewhere = refused(history, to_name("nightly", 130));
  CHECK(elsewhere.code == Errc::not_found);
  CHECK(elsewhere.hint == "there is nightly@120 and nightly@140");
}

TEST_CASE("a name may itself end in an LSN") {
  auto history = plain_history();
  history.restore_point("build@7", 1, 120);
  CHECK(planned(history, to_name("build", 7)).stop == Lsn{120});
}

TEST_CASE("a point on another timeline is reached there, unless a timeline was asked for") {
  auto history = plain_history();
  history.restore_point("old", 1, 160).fork(2, 1, 130).log(2, {135}).restore_point("new", 2, 135);
  const Plan plan = planned(history, to_name("old"));
  CHECK(plan.timeline == TimelineId{1});
  CHECK(plan.stop == Lsn{160});
  CHECK(planned(history, to_name("new")).timeline == TimelineId{2});
  CHECK(refused(history, on_timeline(2, to_name("old"))).code == Errc::not_found);
}

TEST_CASE("one name at one LSN of two timelines needs the timeline") {
  auto history = plain_history();
  history.restore_point("release", 1, 140).fork(2, 1, 130).log(2, {140}).restore_point("release", 2, 140);
  const Refusal refusal = refused(history, to_name("release"));
  CHECK(refusal.code == Errc::ambiguous_target);
  CHECK(contains(refusal.hint, "release@140 --timeline 1 or"));
  CHECK(planned(history, on_timeline(1, to_name("release"))).timeline == TimelineId{1});
  CHECK(planned(history, on_timeline(2, to_name("release"))).timeline == TimelineId{2});
}

TEST_CASE("a point inside a gap is refused as the gap it is") {
  auto history = plain_history();
  history.restore_point("lost", 1, 140).lose(1, 4);
  const Refusal refusal = refused(history, to_name("lost"));
  CHECK(refusal.code == Errc::wal_gap);
  CHECK(contains(refusal.message, "restore point lost is cut off"));
}
