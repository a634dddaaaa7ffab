// Encrypted log, archived without its key or read without it.

#include "plan/windows.hpp"
#include "plan_checks.hpp"
#include "support/caught.hpp"

using namespace pitr;
using namespace pitr::test;

namespace {

PlanRequest of_timed_log(PlanRequest request) {
  request.log.times = true;
  return request;
}

// Segment 3 holds 110 120 130 and its commits are known, segment 4 140 150.
CatalogueBuilder half_sealed() {
  CatalogueBuilder history;
  history.timeline(1).start(1, 100).snapshot(1).mark(1).log(1, {110, 120, 130}).log(1, {140, 150});
  history.seal(1, 4);
  return history;
}

Point bare(std::uint64_t lsn) { return {Lsn{lsn}, std::nullopt, std::nullopt}; }

}  // namespace

TEST_CASE("the end of a log whose commits nobody knows is reached as a position") {
  auto history = half_sealed();
  const Plan plan = planned(history, of_timed_log({}));
  CHECK(plan.stop == Lsn{150});
  CHECK(plan.reached == bare(150));
  CHECK(plan.fork == Lsn{150});
}

TEST_CASE("a position among commits that nobody knows is reached as it is") {
  auto history = half_sealed();
  const Plan plan = planned(history, of_timed_log(to_lsn(145)));
  CHECK(plan.reached == bare(145));
  CHECK_FALSE(plan.first_dropped);
}

TEST_CASE("behind what is known the first commit dropped is not guessed") {
  auto history = half_sealed();
  CHECK(lsn_of(planned(history, of_timed_log(to_lsn(120))).first_dropped) == 130);
  const Plan plan = planned(history, of_timed_log(to_lsn(130)));
  CHECK(plan.reached.xid == Xid{1130});
  CHECK_FALSE(plan.first_dropped);
}

TEST_CASE("log between a known commit and the snapshot is not taken for empty") {
  CatalogueBuilder history;
  history.timeline(1).start(1, 100).snapshot(1).mark(1).log(1, {110, 120}).seal(1, 3);
  CHECK(planned(history, of_timed_log({})).reached == bare(120));
  CHECK(planned(history, of_timed_log(to_lsn(100))).reached.lsn == Lsn{100});
}

TEST_CASE("with the key commits that were archived without it are found") {
  CatalogueBuilder history;
  history.timeline(1).start(1, 100).snapshot(1).mark(1).log(1, {110, 120}).log(1, {140, 150});
  history.forget_commits(1, 4);
  CHECK(planned(history, of_timed_log({})).reached.xid == Xid{1150});
  CHECK(planned(history, of_timed_log(to_xid(1140))).stop == Lsn{140});
}

TEST_CASE("a time or a transaction that may lie in encrypted log needs the key") {
  auto history = half_sealed();
  const Error time = caught([&] { (void)history.plan(of_timed_log(to_time(145))); });
  CHECK(time.code() == Errc::usage);
  CHECK(contains(std::string(time.what()),
                 std::string("segment 4 of timeline 1 is encrypted, and a time cannot be found in it")));
  CHECK(time.hint() == "give --source-key-file");
  const Error xid = caught([&] { (void)history.plan(of_timed_log(to_xid(1120))); });
  CHECK(xid.code() == Errc::usage);
  CHECK(
      contains(std::string(xid.what()),
               std::string("segment 4 of timeline 1 is encrypted, and a transaction cannot be found in it")));
}

TEST_CASE("a time needs the key also where the log does not tell times by itself") {
  auto history = half_sealed();
  CHECK(caught([&] { (void)history.plan(to_time(145)); }).code() == Errc::usage);
}

TEST_CASE("a window over commits that nobody knows ends where their log does, and cannot count them") {
  const Survey survey = half_sealed().survey();
  REQUIRE(survey.windows.size() == 1);
  CHECK(survey.windows[0].end == bare(150));
  CHECK_FALSE(survey.windows[0].commits);
  CHECK(survey.gaps.empty());
}
