#include "plan_checks.hpp"

using namespace pitr;
using namespace pitr::test;

namespace {

// Timeline 1 was archived to 170; timeline 2 parted at `fork` and began to be archived at second 300.
CatalogueBuilder forked_history(std::uint64_t fork) {
  auto history = plain_history();
  history.fork(2, 1, fork);
  history.log_with(2, {.commits = {fork + 5, fork + 25}, .archived_at = 300});
  return history;
}

CatalogueBuilder live_parent(std::uint64_t fork) {
  auto history = forked_history(fork);
  history.log_with(1, {.commits = {180}, .archived_at = 400});
  return history;
}

}  // namespace

TEST_CASE("without a timeline the highest is meant") {
  auto history = forked_history(130);
  const Plan plan = planned(history, {});
  CHECK(plan.timeline == TimelineId{2});
  CHECK(plan.reached.lsn == Lsn{155});
  CHECK(plan.snapshot == "S100");
  REQUIRE(plan.segments.size() == 2);
  CHECK(plan.segments[0].timeline == TimelineId{1});
  CHECK(plan.segments[1].timeline == TimelineId{2});
  CHECK(plan.warnings.empty());
  CHECK(planned(history, on_timeline(1, PlanRequest())).reached.lsn == Lsn{170});
}

TEST_CASE("nothing of the parent counts beyond the fork") {
  auto history = forked_history(145);
  const Plan plan = planned(history, {});
  CHECK(plan.snapshot == "S100");
  CHECK(numbers(plan) == Numbers{3, 4, 1});
  CHECK(plan.segments[1].to == Lsn{145});
  CHECK(plan.segments[2].from == Lsn{145});
  const Plan at_fork = planned(history, on_timeline(2, to_lsn(145)));
  CHECK(at_fork.timeline == TimelineId{1});
  CHECK(at_fork.reached.lsn == Lsn{140});
  CHECK(lsn_of(at_fork.first_dropped) == 150);
}

TEST_CASE("an ancestor's snapshot beyond the fork is not used") {
  auto history = forked_history(150);
  CHECK(planned(history, {}).snapshot == "S150");
  auto other = forked_history(149);
  CHECK(planned(other, {}).snapshot == "S100");
}

TEST_CASE("the child's first segment must continue the parent's token, where that is known") {
  auto history = plain_history();
  history.fork(2, 1, 130).log_with(2, {.commits = {135}, .link_in = "another history", .archived_at = 300});
  CHECK(refused(history, {}).code == Errc::log_conflict);
  auto inside = plain_history();
  inside.fork(2, 1, 125).log_with(2, {.commits = {135}, .link_in = "not known there", .archived_at = 300});
  CHECK(planned(inside, {}).reached.lsn == Lsn{135});
}

TEST_CASE("a child may have been begun before or after the parent wrote a mark at the fork") {
  auto before = plain_history();
  before.fork(2, 1, 150).log(2, {155});
  CHECK(planned(before, from_snapshot("S100", on_timeline(2, to_lsn(155)))).stop == Lsn{155});
  auto after = plain_history();
  after.fork(2, 1, 150).log_with(2, {.commits = {155}, .link_in = "t1@150+mark"});
  CHECK(planned(after, from_snapshot("S100", on_timeline(2, to_lsn(155)))).stop == Lsn{155});
}

TEST_CASE(
    "where parent and child reach equally far, the child wins, and where its copy begins earlier it may go "
    "first") {
  CatalogueBuilder history;
  history.timeline(1).start(1, 100).snapshot(1).log(1, {110}).log(1, {120, 130, 140});
  history.fork(2, 1, 130).log_with(2, {.commits = {120, 130}, .from = 110, .to = 130, .link_in = "t1@110"});
  history.log(2, {150});
  const Plan plan = planned(history, on_timeline(2, to_lsn(150)));
  REQUIRE(plan.segments.size() == 3);
  CHECK(plan.segments[1].timeline == TimelineId{2});
  SUBCASE("but not for what the parent holds by itself") {
    const Plan before = planned(history, on_timeline(2, to_lsn(130)));
    CHECK(before.timeline == TimelineId{1});
    CHECK(before.stop == Lsn{130});
    REQUIRE(before.segments.size() == 2);
    CHECK(before.segments[1].timeline == TimelineId{1});
  }
  SUBCASE("unless what the parent holds is damaged") {
    history.damage(1, 3);
    const Plan before = planned(history, on_timeline(2, to_lsn(130)));
    CHECK(before.timeline == TimelineId{2});
    REQUIRE(before.segments.size() == 2);
    CHECK(before.segments[1].timeline == TimelineId{2});
  }
}

TEST_CASE("a child's copy of the fork segment stands in for a parent's that was never finished") {
  CatalogueBuilder history;
  history.timeline(1).start(1, 100).snapshot(1).log(1, {110});
  history.fork(2, 1, 120).log_with(2, {.commits = {120, 130}, .from = 110, .link_in = "t1@110"});
  const Plan plan = planned(history, {});
  CHECK(plan.reached.lsn == Lsn{130});
  CHECK(numbers(plan) == Numbers{2, 1});
}

TEST_CASE("a parent whose log does not reach the fork is a gap") {
  CatalogueBuilder history;
  history.timeline(1).start(1, 100).snapshot(1).log(1, {110}).fork(2, 1, 120).log(2, {130});
  const Refusal refusal = refused(history, {});
  CHECK(refusal.code == Errc::wal_gap);
  CHECK(contains(refusal.message,
                 "timeline 1 is archived to LSN 110 only, and timeline 2 forks off it at 120"));
}

TEST_CASE("a target after the fork is ambiguous if the parent went on being archived") {
  auto history = live_parent(130);
  SUBCASE("LSN") {
    const Refusal refusal = refused(history, to_lsn(140));
    CHECK(refusal.code == Errc::ambiguous_target);
    REQUIRE(refusal.candidates.size() == 2);
    CHECK(refusal.candidates[0].timeline == TimelineId{2});
    CHECK(refusal.candidates[0].point.lsn == Lsn{135});
    CHECK(refusal.candidates[1].timeline == TimelineId{1});
    CHECK(refusal.candidates[1].point.lsn == Lsn{140});
    CHECK(refusal.hint == "--timeline 2 or --timeline 1");
    CHECK(planned(history, on_timeline(1, to_lsn(140))).timeline == TimelineId{1});
    CHECK(planned(history, on_timeline(2, to_lsn(140))).timeline == TimelineId{2});
  }
  SUBCASE("time") { CHECK(refused(history, to_time(150)).code == Errc::ambiguous_target); }
  SUBCASE("xid") {
    auto other = live_parent(125);
    CHECK(refused(other, to_xid(1150)).code == Errc::ambiguous_target);
    CHECK(planned(other, on_timeline(2, to_xid(1150))).timeline == TimelineId{2});
    CHECK(planned(history, to_xid(1155)).timeline == TimelineId{2});
  }
  SUBCASE("not before or at the fork") {
    CHECK(planned(history, to_lsn(130)).stop == Lsn{130});
    CHECK(planned(history, to_lsn(120)).stop == Lsn{120});
    CHECK(planned(history, to_time(125)).stop == Lsn{120});
    CHECK(planned(history, to_time(132)).stop == Lsn{130});
    CHECK(planned(history, to_xid(1120)).stop == Lsn{120});
  }
  SUBCASE("latest is the highest timeline's, with a warning") {
    const Plan plan = planned(history, {});
    CHECK(plan.timeline == TimelineId{2});
    REQUIRE(plan.warnings.size() == 1);
    CHECK(contains(plan.warnings[0],
                   "timeline 1 parted from timeline 2 at LSN 130 and went on being archived"));
  }
}

TEST_CASE("what only the other timeline holds is refused with the way to it") {
  auto history = forked_history(130);
  const Refusal refusal = refused(history, to_lsn(170));
  CHECK(refusal.code == Errc::target_unreachable);
  CHECK(contains(refusal.hint, "--timeline 1 holds it"));
}

TEST_CASE("a parent that ended at the fork makes nothing ambiguous, but is mentioned") {
  auto history = forked_history(130);
  const Plan plan = planned(history, to_lsn(140));
  CHECK(plan.timeline == TimelineId{2});
  REQUIRE(plan.warnings.size() == 1);
  CHECK(contains(plan.warnings[0], "--timeline 1 chooses it"));
}

TEST_CASE("two children of one parent that both live are ambiguous") {
  auto history = forked_history(130);
  history.fork(3, 1, 140).log_with(3, {.commits = {148}, .archived_at = 310});
  history.log_with(2, {.commits = {165}, .archived_at = 320});
  CHECK(refused(history, to_lsn(145)).code == Errc::ambiguous_target);
  CHECK(planned(history, to_lsn(120)).stop == Lsn{120});
}

TEST_CASE("a timeline that does not exist is not found") {
  auto history = forked_history(130);
  const Refusal refusal = refused(history, on_timeline(7, to_lsn(140)));
  CHECK(refusal.code == Errc::not_found);
  CHECK(refusal.hint == "there are timelines 1, 2");
}

TEST_CASE("a timeline whose document is damaged is not planned on, and not passed over silently") {
  auto history = forked_history(130);
  history.damage_timeline(2);
  const Plan plan = planned(history, to_lsn(170));
  CHECK(plan.timeline == TimelineId{1});
  REQUIRE(plan.warnings.size() == 1);
  CHECK(contains(plan.warnings[0], "the document of timeline 2"));
  CHECK(refused(history, on_timeline(2, to_lsn(140))).code == Errc::corrupt);
  auto other = forked_history(130);
  other.damage_timeline(1);
  CHECK(refused(other, to_lsn(135)).code == Errc::corrupt);
}

TEST_CASE("a snapshot of another timeline chooses that timeline") {
  auto history = forked_history(130);
  const Plan plan = planned(history, from_snapshot("S150", to_lsn(160)));
  CHECK(plan.timeline == TimelineId{1});
  CHECK(plan.warnings.size() == 1);
  const Refusal refusal = refused(history, from_snapshot("S150", on_timeline(2, to_lsn(150))));
  CHECK(refusal.code == Errc::target_unreachable);
  CHECK(refusal.hint == "--timeline 1 is the history it is on");
}

TEST_CASE("a timeline begun but not archived yet ends at its fork") {
  auto history = plain_history();
  history.fork(2, 1, 130);
  const Plan plan = planned(history, {});
  CHECK(plan.stop == Lsn{130});
  CHECK(plan.timeline == TimelineId{1});
  CHECK(contains(refused(history, to_lsn(140)).hint, "--timeline 1 holds it"));
}

TEST_CASE("beyond the fork of an empty timeline nothing of the parent counts, be it damaged") {
  auto history = plain_history();
  history.fork(2, 1, 145).damage(1, 4).damage(1, 6);
  CHECK(refused(history, on_timeline(2, to_lsn(145))).code == Errc::corrupt);
  const Refusal beyond = refused(history, on_timeline(2, to_lsn(146)));
  CHECK(beyond.code == Errc::target_unreachable);
  CHECK(lsn_of(beyond.before) == 130);
}
