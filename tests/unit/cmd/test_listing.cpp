#include "cmd/listing.hpp"
#include "support/caught.hpp"
#include "unit/cmd/samples.hpp"

#include <doctest/doctest.h>

using namespace pitr;
using namespace pitr::cmd;
using namespace pitr::cmd::test;

namespace {

Listing listing(const ListRequest& request) { return make_listing(sample_inventory(), request); }

}  // namespace

TEST_CASE("a listing of one timeline holds nothing of the others") {
  ListRequest request;
  request.timeline = TimelineId{2};
  const Inventory inventory = listing(request).inventory;
  CHECK(inventory.catalogue.timelines.size() == 1);
  CHECK(inventory.survey.windows.size() == 1);
  CHECK(inventory.survey.gaps.empty());
  CHECK(inventory.survey.conflicts.size() == 1);
  CHECK(inventory.catalogue.snapshots.empty());
  CHECK(inventory.catalogue.restore_points.empty());
}

TEST_CASE("a timeline that is not there is not found") {
  ListRequest request;
  request.timeline = TimelineId{3};
  CHECK(pitr::test::caught([&] { listing(request); }).code() == Errc::not_found);
}

TEST_CASE("an interval keeps what touches it") {
  ListRequest request;
  request.since = minute(19);
  request.until = minute(35);
  const Inventory inventory = listing(request).inventory;
  REQUIRE(inventory.survey.windows.size() == 2);
  CHECK(inventory.survey.gaps.size() == 1);
  CHECK(inventory.catalogue.snapshots.size() == 1);
  CHECK(inventory.catalogue.restore_points.empty());
  // Segments 1 (minutes 18 to 20) and 6, of which nothing is known.
  CHECK(inventory.catalogue.timelines.at({1}).segments.size() == 2);
  CHECK(inventory.catalogue.timelines.size() == 1);
}

TEST_CASE("a limit keeps the newest and tells how many it left out") {
  ListRequest request;
  request.limit = 2;
  request.subject = ListSubject::segments;
  const Listing segments = listing(request);
  CHECK(segments.left_out == 2);
  CHECK(segments.inventory.catalogue.timelines.at({1}).segments.size() == 1);
  CHECK(segments.inventory.catalogue.timelines.at({2}).segments.size() == 1);
  request.limit = 1;
  request.subject = ListSubject::windows;
  CHECK(listing(request).inventory.survey.windows.front().timeline == TimelineId{2});
  request.subject = ListSubject::timelines;
  CHECK(listing(request).inventory.catalogue.timelines.begin()->first == TimelineId{2});
  request.subject = ListSubject::snapshots;
  CHECK(listing(request).inventory.catalogue.snapshots.front().id == "20261123T103000Z-00000b");
  request.subject = ListSubject::restore_points;
  CHECK(listing(request).inventory.catalogue.restore_points.front().name == "v2");
}

TEST_CASE("a log is complete to its newest look") {
  CHECK(complete_to(sample_inventory(), {1}) == minute(60));
  CHECK(complete_to(sample_inventory(), {2}) == minute(72));
  CHECK_FALSE(complete_to(sample_inventory(), {3}));
}
