#include "model/catalogue.hpp"

#include <doctest/doctest.h>

using namespace pitr;

TEST_CASE("a manifest is known once it was added, under its whole name") {
  Catalogue catalogue;
  const SegmentEntry entry{{1}, {1}, std::nullopt};
  const SegmentEntry merged{{1}, {4}, std::nullopt};
  CHECK(catalogue.loaded({1}, entry) == nullptr);
  SegmentManifest manifest;
  manifest.number = {1};
  catalogue.add({1}, entry, {manifest, ""});
  REQUIRE(catalogue.loaded({1}, entry) != nullptr);
  CHECK(catalogue.loaded({1}, entry)->manifest->number == SegmentNumber{1});
  CHECK(catalogue.loaded({1}, merged) == nullptr);
  CHECK(catalogue.loaded({2}, entry) == nullptr);
  catalogue.add({1}, merged, {std::nullopt, "damaged"});
  CHECK(catalogue.loaded({1}, merged)->problem == "damaged");
}

TEST_CASE("timelines and snapshots are found by what names them") {
  Catalogue catalogue;
  catalogue.timelines[{2}] = {{2}, std::nullopt, {}};
  SnapshotManifest snapshot;
  snapshot.id = "a";
  catalogue.snapshots.push_back(snapshot);
  CHECK(catalogue.timeline({2})->id == TimelineId{2});
  CHECK(catalogue.timeline({1}) == nullptr);
  CHECK(catalogue.snapshot("a")->id == "a");
  CHECK(catalogue.snapshot("b") == nullptr);
}
