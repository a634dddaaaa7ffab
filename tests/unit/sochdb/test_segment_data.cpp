#include "engine/sochdb/segment_data.hpp"
#include "support/caught.hpp"
#include "support/json_damage.hpp"

#include <doctest/doctest.h>

namespace pitr::sochdb {
namespace {

using pitr::test::caught;

SegmentData some_data() {
  SegmentData data;
  data.generation = {3, {65}, {0}};
  data.offset = 810;
  data.head = data.tail = sample_of(as_bytes("log"));
  data.truncated = true;
  data.latest = Timestamp{1'795'000'000'000'000};
  data.facts = {"{}", "f00d"};
  data.source = {{"host", "h"}};
  return data;
}

SegmentManifest segment_with(const Json& json) {
  SegmentManifest manifest;
  manifest.start_lsn = {70};
  manifest.end_lsn = {84};
  manifest.engine_data = json;
  return manifest;
}

SnapshotManifest snapshot_with(const Json& json) {
  SnapshotManifest manifest;
  manifest.id = "s";
  manifest.consistent_lsn = {84};
  manifest.engine_data = json;
  return manifest;
}

TEST_CASE("what a segment says of its place is read as it was written") {
  const Json json = to_json(some_data());
  CHECK(to_json(segment_data(segment_with(json))) == json);
}

TEST_CASE("what a snapshot says of its generations is read as it was written") {
  SnapshotData data;
  data.parts = {{{1, {0}, {0}}, 0}, {{2, {65}, {0}}, 2617}};
  data.facts.database = "f00d";
  const Json json = to_json(data);
  CHECK(to_json(snapshot_data(snapshot_with(json))) == json);
}

TEST_CASE("a member that is missing, or what it cannot be, is corrupt") {
  const Json json = to_json(some_data());
  for (const auto& path : pitr::test::member_paths(json, {"/source"})) {
    CAPTURE(path.to_string());
    const auto read = [&](const Json& bad) { static_cast<void>(segment_data(segment_with(bad))); };
    CHECK(caught([&] { read(pitr::test::without(json, path)); }).code() == Errc::corrupt);
    if (path.to_string() == "/source") continue;
    CHECK(caught([&] { read(pitr::test::with(json, path, Json::array())); }).code() == Errc::corrupt);
  }
}

TEST_CASE("places that contradict each other are corrupt") {
  const auto read = [](const SegmentData& data) {
    static_cast<void>(segment_data(segment_with(to_json(data))));
  };
  SegmentData data = some_data();
  SUBCASE("a generation after its segment") { data.generation.start = {71}; }
  SUBCASE("a view after its generation") { data.generation.view = {66}; }
  SUBCASE("samples larger than the log") { data.offset = 2; }
  CHECK(caught([&] { read(data); }).code() == Errc::corrupt);
  SnapshotData snapshot;
  const auto read_snapshot = [&] { static_cast<void>(snapshot_data(snapshot_with(to_json(snapshot)))); };
  CHECK(caught(read_snapshot).code() == Errc::corrupt);
  snapshot.parts = {{{1, {0}, {0}}, 5}};
  CHECK(caught(read_snapshot).code() == Errc::corrupt);
}

}  // namespace
}  // namespace pitr::sochdb
