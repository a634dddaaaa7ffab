#include "plan/windows.hpp"
#include "plan_checks.hpp"

#include <fmt/format.h>

using namespace pitr;
using namespace pitr::test;

namespace {

constexpr std::uint64_t kSegments = 1'000'000;
constexpr std::uint64_t kLongChain = 200'000;
constexpr std::uint64_t kSnapshotEvery = 2'000;

SegmentEntry entry_of(std::uint64_t number) {
  return {SegmentNumber{number}, SegmentNumber{number}, std::nullopt};
}

// Segment n holds the one commit at LSN n.
SegmentManifest manifest_of(std::uint64_t number) {
  SegmentManifest manifest;
  manifest.timeline = TimelineId{1};
  manifest.number = SegmentNumber{number};
  manifest.start_lsn = Lsn{number - 1};
  manifest.end_lsn = Lsn{number};
  manifest.link_in = std::to_string(number - 1);
  manifest.link_out = std::to_string(number);
  const Point commit{Lsn{number}, at_second(static_cast<double>(number)), Xid{number}};
  manifest.commits = {1, commit, commit};
  manifest.time = TimeBounds{*commit.time, *commit.time};
  manifest.xid = XidBounds{*commit.xid, *commit.xid};
  return manifest;
}

SnapshotManifest snapshot_of(std::uint64_t lsn) {
  SnapshotManifest snapshot;
  snapshot.id = fmt::format("S{:07}", lsn);
  snapshot.timeline = TimelineId{1};
  snapshot.start_lsn = snapshot.consistent_lsn = Lsn{lsn};
  snapshot.next_number = SegmentNumber{lsn + 1};
  snapshot.link = std::to_string(lsn);
  snapshot.point = {Lsn{lsn}, at_second(static_cast<double>(lsn)), Xid{lsn}};
  return snapshot;
}

Catalogue large_catalogue(std::uint64_t segments) {
  Catalogue catalogue;
  TimelineDocument document;
  document.timeline = TimelineId{1};
  TimelineEntry& timeline = catalogue.timelines[TimelineId{1}];
  timeline = {TimelineId{1}, document, {}};
  for (std::uint64_t number = 1; number <= segments; ++number) timeline.segments.push_back(entry_of(number));
  for (std::uint64_t lsn = 0; lsn < segments; lsn += kSnapshotEvery)
    catalogue.snapshots.push_back(snapshot_of(lsn));
  return catalogue;
}

struct Effort {
  std::size_t manifests = 0;
  std::size_t rounds = 0;
};

// Plans, and counts what had to be read for it.
Plan plan_counting(Catalogue& catalogue, const PlanRequest& request, Effort& effort) {
  const FactsBySegment facts;
  while (true) {
    PlanAnswer answer = plan_restore(catalogue, facts, request);
    if (auto* plan = std::get_if<Plan>(&answer)) return std::move(*plan);
    const auto* need = std::get_if<NeedManifests>(&answer);
    REQUIRE(need != nullptr);
    ++effort.rounds;
    effort.manifests += need->segments.size();
    for (const PlannedSegment& segment : need->segments) {
      catalogue.add(segment.timeline, segment.entry, {manifest_of(segment.entry.number.value), {}});
    }
  }
}

}  // namespace

TEST_CASE("a plan over a million segments reads only manifests from its snapshot on") {
  Catalogue catalogue = large_catalogue(kSegments);
  Effort effort;
  PlanRequest request;
  SUBCASE("LSN") {
    request.target = ToLsn{Lsn{501'000}};
    const Plan plan = plan_counting(catalogue, request, effort);
    CHECK(plan.snapshot == "S0500000");
    CHECK(plan.segments.size() == 1'000);
  }
  SUBCASE("time") {
    request.target = ToTime{at_second(501'000.5)};
    const Plan plan = plan_counting(catalogue, request, effort);
    CHECK(plan.reached.lsn == Lsn{501'000});
  }
  SUBCASE("latest") {
    const Plan plan = plan_counting(catalogue, request, effort);
    CHECK(plan.reached.lsn == Lsn{kSegments});
    CHECK(effort.manifests == kSnapshotEvery);
    CHECK(effort.rounds == 1);
  }
  CHECK(effort.manifests <= kSnapshotEvery);
  CHECK(effort.rounds <= 10);
}

TEST_CASE("a long chain is walked and surveyed in linear time") {
  Catalogue catalogue = large_catalogue(kLongChain);
  catalogue.snapshots.resize(1);
  Effort effort;
  PlanRequest request;
  request.target = ToLsn{Lsn{kLongChain - 1}};
  const Plan plan = plan_counting(catalogue, request, effort);
  CHECK(plan.segments.size() == kLongChain - 1);
  CHECK(effort.manifests == kLongChain);
  CHECK(effort.rounds < 100);
  for (std::uint64_t lsn = kSnapshotEvery; lsn < kLongChain; lsn += kSnapshotEvery) {
    catalogue.snapshots.push_back(snapshot_of(lsn));
  }
  const Survey found = survey(catalogue);
  REQUIRE(found.windows.size() == 1);
  CHECK(found.windows[0].commits == kLongChain);
  CHECK(found.gaps.empty());
}
