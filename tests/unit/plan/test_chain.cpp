#include "plan/chain.hpp"
#include "plan_checks.hpp"

using namespace pitr;
using namespace pitr::test;

namespace {

const PlanRequest kLatest{};

CatalogueBuilder begun() {
  CatalogueBuilder history;
  history.timeline(1).start(1, 100).snapshot(1);
  return history;
}

}  // namespace

TEST_CASE("of overlapping segments the one that reaches furthest is taken") {
  auto history = begun();
  history.log(1, {110}).log(1, {120}).log(1, {130});
  history.log_with(
      1, {.commits = {110, 120, 130}, .from = 100, .link_in = "t1@100", .numbers = std::pair(2, 4)});
  const Plan plan = planned(history, kLatest);
  REQUIRE(plan.segments.size() == 1);
  CHECK(plan.segments[0].entry.last_number == SegmentNumber{4});
  CHECK(plan.reached.lsn == Lsn{130});
}

TEST_CASE("a merged segment stands in for a missing or damaged one, though it begins earlier") {
  auto history = begun();
  history.log(1, {110}).log(1, {120}).log(1, {130}).log(1, {140});
  history.log_with(1, {.commits = {120, 130}, .from = 110, .link_in = "t1@110", .numbers = std::pair(3, 4)});
  history.lose(1, 4);
  CHECK(planned(history, kLatest).reached.lsn == Lsn{140});

  auto inside = begun();
  inside.log(1, {110, 120}).log(1, {130});
  inside.log_with(1,
                  {.commits = {110, 120, 130}, .from = 100, .link_in = "t1@100", .numbers = std::pair(2, 3)});
  inside.catalogue.snapshots[0].start_lsn = inside.catalogue.snapshots[0].consistent_lsn = Lsn{110};
  inside.catalogue.snapshots[0].link = "not comparable";
  const Plan plan = planned(inside, kLatest);
  CHECK(plan.segments[0].from == Lsn{110});
  CHECK(plan.reached.lsn == Lsn{130});
}

TEST_CASE("a segment that repeats what is there adds nothing and breaks nothing") {
  auto history = begun();
  history.log(1, {110, 120}).log_with(1, {.commits = {120}, .from = 110, .to = 120}).log(1, {130});
  const Plan plan = planned(history, kLatest);
  CHECK(numbers(plan) == Numbers{2, 4});
  CHECK(plan.reached.lsn == Lsn{130});
}

TEST_CASE("a segment that begins earlier is not taken where one at the position does not fit") {
  auto history = begun();
  history.log(1, {110, 120});
  history.log_with(1,
                   {.commits = {130}, .from = 120, .link_in = "another history", .numbers = std::pair(3, 3)});
  history.log_with(1, {.commits = {120, 130, 140}, .from = 110, .numbers = std::pair(3, 4)});
  CHECK(refused(history, kLatest).code == Errc::log_conflict);
}

TEST_CASE("a bridge is entered only at its exact start") {
  auto history = begun();
  history.log(1, {110, 120}).bridge(1, 150);
  CHECK(planned(history, kLatest).reached.lsn == Lsn{150});
  history.catalogue.snapshots[0].start_lsn = history.catalogue.snapshots[0].consistent_lsn = Lsn{130};
  history.catalogue.snapshots[0].next_number = SegmentNumber{3};
  const Refusal refusal = refused(history, kLatest);
  CHECK(refusal.code == Errc::wal_gap);
  CHECK(contains(refusal.message, "cannot be entered in its middle"));
}

TEST_CASE("marks carry the token on, and one that does not fit is a conflict") {
  auto history = begun();
  history.mark(1).log(1, {110}).mark(1).mark(1).log(1, {120});
  CHECK(planned(history, kLatest).reached.lsn == Lsn{120});
  auto other = begun();
  other.log(1, {110}).log_with(1, {.commits = {}, .to = 110, .link_in = "another history"}).log(1, {120});
  CHECK(refused(other, kLatest).code == Errc::log_conflict);
}

TEST_CASE("a chain never crosses a start that lies ahead") {
  auto history = begun();
  history.log(1, {110}).start(1, 111).log(1, {120});
  const Refusal refusal = refused(history, kLatest);
  CHECK(refusal.code == Errc::wal_gap);
  CHECK(lsn_of(refusal.before) == 110);
}

TEST_CASE("a missing number is a gap though the log around it fits") {
  auto history = begun();
  history.log(1, {110}).mark(1).log_with(1, {.commits = {120}, .link_in = "t1@110"}).lose(1, 3);
  const Refusal refusal = refused(history, kLatest);
  CHECK(refusal.code == Errc::wal_gap);
  CHECK(contains(refusal.message, "segment 3 of timeline 1 is missing"));
}

TEST_CASE("the highest number there can be ends the walk") {
  auto history = begun();
  const std::uint64_t max = std::numeric_limits<std::uint64_t>::max();
  history.log_with(1, {.commits = {110}, .numbers = std::pair(std::uint64_t{2}, max)});
  CHECK(planned(history, kLatest).reached.lsn == Lsn{110});
  CHECK(history.survey().windows.size() == 1);
}
