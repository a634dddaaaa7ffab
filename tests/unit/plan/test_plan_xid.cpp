#include "plan_checks.hpp"

using namespace pitr;
using namespace pitr::test;

TEST_CASE("a transaction is kept, or with --exclusive dropped") {
  auto history = plain_history();
  const Plan plan = planned(history, to_xid(1120));
  CHECK(plan.stop == Lsn{120});
  CHECK(plan.reached.xid == Xid{1120});
  CHECK(lsn_of(plan.first_dropped) == 130);
  CHECK(history.scanned.size() == 1);
  const Plan without = planned(history, exclusive(to_xid(1140)));
  CHECK(without.stop == Lsn{130});
  CHECK(lsn_of(without.first_dropped) == 140);
}

TEST_CASE("the transaction a snapshot was taken after is the snapshot, though no segment holds it") {
  auto history = plain_history();
  CHECK(planned(history, to_xid(1100)).stop == Lsn{100});
  CHECK(refused(history, exclusive(to_xid(1100))).code == Errc::target_unreachable);
}

TEST_CASE("a transaction never seen is not found, and its nearest are named") {
  auto history = plain_history();
  const Refusal between = refused(history, to_xid(1125));
  CHECK(between.code == Errc::not_found);
  CHECK(lsn_of(between.before) == 120);
  CHECK(lsn_of(between.after) == 130);
  CHECK(between.hint == "--to-xid 1120 is the nearest before, --to-xid 1130 the nearest after");
  const Refusal beyond = refused(history, to_xid(5000));
  CHECK(beyond.code == Errc::not_found);
  CHECK(lsn_of(beyond.before) == 170);
  CHECK_FALSE(beyond.after);
  const Refusal first = refused(history, to_xid(5));
  CHECK(lsn_of(first.after) == 100);
}

TEST_CASE("a transaction inside a bridge cannot be told apart, but the bridge's own can") {
  CatalogueBuilder history;
  history.timeline(1).start(1, 100).snapshot(1).log(1, {110}).bridge(1, 150).log(1, {160});
  const Refusal refusal = refused(history, to_xid(1130));
  CHECK(refusal.code == Errc::target_unreachable);
  CHECK(lsn_of(refusal.before) == 110);
  CHECK(lsn_of(refusal.after) == 150);
  CHECK(planned(history, to_xid(1150)).stop == Lsn{150});
  CHECK(planned(history, exclusive(to_xid(1150))).stop == Lsn{110});
}

TEST_CASE("a transaction that committed more than once is ambiguous") {
  CatalogueBuilder history;
  history.timeline(1).start(1, 100).snapshot(1).log(1, {CommitSpec(110).with_xid(7), 120});
  history.log(1, {130, CommitSpec(140).with_xid(7)});
  const Refusal refusal = refused(history, to_xid(7));
  CHECK(refusal.code == Errc::ambiguous_target);
  REQUIRE(refusal.candidates.size() == 2);
  CHECK(refusal.hint == "--to-lsn 110 or --to-lsn 140");
}

TEST_CASE("a commit that overlapping segments both hold is one") {
  CatalogueBuilder history;
  history.timeline(1).start(1, 100).snapshot(1).log(1, {110, 120});
  history.log_with(1, {.commits = {120, 130}, .from = 110});
  CHECK(planned(history, to_xid(1120)).stop == Lsn{120});
}

TEST_CASE("where a segment cannot be read, a transaction among the others is not said to be unknown") {
  auto history = plain_history();
  history.damage(1, 4);
  const Refusal refusal = refused(history, to_xid(1140));
  CHECK(refusal.code == Errc::corrupt);
  CHECK(contains(refusal.message, "segment 4 of timeline 1 cannot be read"));
  CHECK(lsn_of(refusal.before) == 130);
  CHECK(lsn_of(refusal.after) == 150);
}
