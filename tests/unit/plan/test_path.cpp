#include "base/error.hpp"
#include "plan/path.hpp"
#include "support/catalogue_builder.hpp"

#include <doctest/doctest.h>

using namespace pitr;
using test::CatalogueBuilder;

TEST_CASE("a path runs from the oldest ancestor to the timeline, bounded by the forks") {
  CatalogueBuilder history;
  history.timeline(1).fork(2, 1, 50).fork(3, 2, 80).fork(4, 1, 20);
  const auto path = timeline_path(history.catalogue, TimelineId{3});
  REQUIRE(path.size() == 3);
  CHECK(path[0].timeline->id == TimelineId{1});
  CHECK(path[0].bound == Lsn{50});
  CHECK(path[1].bound == Lsn{80});
  CHECK_FALSE(path[2].bound);
  CHECK(timeline_at(path, Lsn{50}) == TimelineId{1});
  CHECK(timeline_at(path, Lsn{51}) == TimelineId{2});
  CHECK(timeline_at(path, Lsn{81}) == TimelineId{3});
}

TEST_CASE("a fork before the parent's own fork cuts off all of the parent") {
  CatalogueBuilder history;
  history.timeline(1).fork(2, 1, 50).fork(3, 2, 30);
  const auto path = timeline_path(history.catalogue, TimelineId{3});
  CHECK(path[0].bound == Lsn{30});
  CHECK(timeline_at(path, Lsn{31}) == TimelineId{3});
}

TEST_CASE("a path over a damaged document, or a parent that cannot be one, is corrupt") {
  CatalogueBuilder history;
  history.timeline(1).fork(2, 1, 50).fork(3, 3, 80).fork(4, 9, 80);
  CHECK_THROWS_AS((void)timeline_path(history.catalogue, TimelineId{3}), Error);
  CHECK_THROWS_AS((void)timeline_path(history.catalogue, TimelineId{4}), Error);
  history.damage_timeline(1);
  CHECK_THROWS_AS((void)timeline_path(history.catalogue, TimelineId{2}), Error);
}

TEST_CASE("an ancestor's snapshot is on the path up to the fork") {
  CatalogueBuilder history;
  history.timeline(1).snapshot_at(1, 10, 1).snapshot_at(1, 50, 1).snapshot_at(1, 51, 1);
  history.fork(2, 1, 50).snapshot_at(2, 60, 1);
  const auto found = snapshots_on(history.catalogue, timeline_path(history.catalogue, TimelineId{2}));
  REQUIRE(found.size() == 3);
  CHECK(found[0]->id == "S010");
  CHECK(found[1]->id == "S050");
  CHECK(found[2]->id == "S060b");
}
