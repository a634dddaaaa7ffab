#include "plan_checks.hpp"

using namespace pitr;
using namespace pitr::test;

namespace {

const PlanRequest kLatest{};

PlanRequest immediate() {
  PlanRequest request;
  request.target = ToImmediate{};
  return request;
}

}  // namespace

TEST_CASE("latest is the end of everything archived, from the newest snapshot") {
  auto history = plain_history();
  const Plan plan = planned(history, kLatest);
  CHECK(plan.snapshot == "S150");
  CHECK(numbers(plan) == Numbers{6});
  CHECK(plan.stop == Lsn{170});
  CHECK(plan.reached.lsn == Lsn{170});
  CHECK_FALSE(plan.first_dropped);
  CHECK(history.scanned.empty());
  CHECK(history.loaded.size() == 2);
}

TEST_CASE("latest takes no older snapshot over a gap, and gives the command that restores up to it") {
  auto history = plain_history();
  history.log(1, {180}).log(1, {190}).lose(1, 7);
  const Refusal refusal = refused(history, kLatest);
  CHECK(refusal.code == Errc::wal_gap);
  CHECK(lsn_of(refusal.before) == 170);
  CHECK(refusal.hint == "pitrctl restore --target-dir DIR --to-lsn 170");
  CHECK(refused(history, on_timeline(1, kLatest)).hint ==
        "pitrctl restore --target-dir DIR --to-lsn 170 --timeline 1");
}

TEST_CASE("latest goes on from a snapshot after the last gap") {
  CatalogueBuilder history;
  history.timeline(1).start(1, 100).snapshot(1).log(1, {110}).start(1, 200).snapshot(1).log(1, {210});
  const Plan plan = planned(history, kLatest);
  CHECK(plan.snapshot == "S200");
  CHECK(plan.reached.lsn == Lsn{210});
}

TEST_CASE("latest stops for a damaged segment and for a conflict") {
  auto history = plain_history();
  history.log(1, {180}).damage(1, 7);
  CHECK(refused(history, kLatest).code == Errc::corrupt);
  auto other = plain_history();
  other.log_with(1, {.commits = {180}, .link_in = "another history"});
  CHECK(refused(other, kLatest).code == Errc::log_conflict);
}

TEST_CASE("a snapshot with nothing after it is the latest point") {
  CatalogueBuilder history;
  history.timeline(1).start(1, 100).snapshot(1).mark(1);
  const Plan plan = planned(history, kLatest);
  CHECK(plan.segments.empty());
  CHECK(plan.stop == Lsn{100});
  CHECK(plan.reached.lsn == Lsn{100});
}

TEST_CASE("immediate is the snapshot itself: the newest, or the one asked for") {
  auto history = plain_history();
  const Plan newest = planned(history, immediate());
  CHECK(newest.snapshot == "S150");
  CHECK(newest.stop == Lsn{150});
  CHECK(newest.segments.empty());
  CHECK(lsn_of(newest.first_dropped) == 160);
  const Plan asked_for = planned(history, from_snapshot("S100", immediate()));
  CHECK(asked_for.snapshot == "S100");
  CHECK(asked_for.stop == Lsn{100});
}

TEST_CASE("without a snapshot nothing can be restored") {
  CatalogueBuilder history;
  CHECK(refused(history, kLatest).code == Errc::no_base_snapshot);
  history.timeline(1).start(1, 100).log(1, {110});
  CHECK(refused(history, kLatest).code == Errc::no_base_snapshot);
  CHECK(refused(history, to_lsn(110)).code == Errc::no_base_snapshot);
  CHECK(refused(history, to_time(110)).code == Errc::no_base_snapshot);
}

TEST_CASE("exclusive goes with LSN, time and xid only") {
  auto history = plain_history();
  history.restore_point("before-migration", 1, 120);
  CHECK(refused(history, exclusive(kLatest)).code == Errc::usage);
  CHECK(refused(history, exclusive(immediate())).code == Errc::usage);
  CHECK(refused(history, exclusive(to_name("before-migration"))).code == Errc::usage);
}
