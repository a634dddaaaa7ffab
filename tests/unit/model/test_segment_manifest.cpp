#include "model/segment_manifest.hpp"
#include "support/caught.hpp"
#include "support/json_damage.hpp"
#include "support/manifests.hpp"

#include <functional>

using namespace pitr;
using namespace pitr::test;

namespace {

constexpr LsnNotation kDecimal = LsnNotation::decimal;

// A segment in which nothing is null that need not be.
SegmentManifest full_segment() {
  SegmentManifest segment;
  segment.repository = kRepositoryId;
  segment.engine = "sqlite";
  segment.timeline = {1};
  segment.number = {7};
  segment.start_lsn = {100};
  segment.end_lsn = {200};
  segment.last_record_lsn = {199};
  segment.link_in = "in";
  segment.link_out = "out";
  segment.payload = {1000, 10, {1, 2}, {3}, "zstd"};
  segment.archived_at = parse_time("2026-11-23T10:11:12Z");
  segment.commits = {2, Point{{150}, Timestamp{5}, Xid{8}}, Point{{200}, Timestamp{6}, Xid{9}}};
  segment.time = TimeBounds{{5}, {6}};
  segment.captured_to = Timestamp{7};
  segment.xid = XidBounds{{8}, {9}};
  segment.snapshot = "20261123T101112Z-1a2b3c";
  segment.restore_points.push_back({"here", {{160}, Timestamp{5}, Xid{8}}});
  segment.engine_data = Json{{"page_size", 4096U}};
  return segment;
}

SegmentManifest bridge_segment() {
  SegmentManifest segment = full_segment();
  segment.content = SegmentContent::bridge;
  segment.commits = {1, segment.commits.first, segment.commits.first};
  segment.hidden_commits = 12;
  return segment;
}

SegmentManifest mark_segment() {
  SegmentManifest segment = full_segment();
  segment.content = SegmentContent::mark;
  segment.end_lsn = segment.last_record_lsn = segment.start_lsn;
  segment.commits = {};
  segment.restore_points.clear();
  return segment;
}

const std::vector<std::string> kNullable{"/commits",
                                         "/time",
                                         "/captured_to",
                                         "/xid",
                                         "/snapshot",
                                         "/bridge/hidden_commits",
                                         "/commits/first/time",
                                         "/commits/first/xid",
                                         "/commits/last/time",
                                         "/commits/last/xid",
                                         "/restore_points/0/point/time",
                                         "/restore_points/0/point/xid"};

void check_refused(const std::function<void(SegmentManifest&)>& change,
                   SegmentManifest segment = full_segment()) {
  change(segment);
  CHECK(caught([&] { (void)to_json(segment, kDecimal); }).code() == Errc::internal);
}

}  // namespace

TEST_CASE("a segment's manifest reads like this") {
  CHECK(
      to_json(full_segment(), kDecimal).dump() ==
      R"({"format":1,"kind":"segment","repository":"0123456789abcdef0123456789abcdef","engine":"sqlite",)"
      R"("timeline":1,"number":7,"content":"log","start_lsn":"100","end_lsn":"200","last_record_lsn":"199",)"
      R"("link_in":"in","link_out":"out","size":1000,"stored_size":10,)"
      R"("xxh3":"00000000000000010000000000000002","codec":"zstd","blocks":"0000000000000003",)"
      R"("archived_at":"2026-11-23T10:11:12.000000Z",)"
      R"("commits":{"count":2,"first":{"lsn":"150","time":"1970-01-01T00:00:00.000005Z","xid":8},)"
      R"("last":{"lsn":"200","time":"1970-01-01T00:00:00.000006Z","xid":9}},)"
      R"("time":{"min":"1970-01-01T00:00:00.000005Z","max":"1970-01-01T00:00:00.000006Z"},)"
      R"("captured_to":"1970-01-01T00:00:00.000007Z","xid":{"min":8,"max":9},"bridge":null,)"
      R"("snapshot":"20261123T101112Z-1a2b3c",)"
      R"("restore_points":[{"name":"here","point":{"lsn":"160","time":"1970-01-01T00:00:00.000005Z","xid":8}}],)"
      R"("sqlite":{"page_size":4096}})");
}

TEST_CASE("any segment is read back as it was stored") {
  Random random(test_seed());
  for (int i = 0; i < 500; ++i) {
    const SegmentManifest segment = random_segment(random);
    const LsnNotation notation = coin(random) ? kDecimal : LsnNotation::hex_pair;
    const std::string text = to_json(segment, notation).dump();
    const SegmentManifest back = segment_manifest_from_json(parse_json(text, "here"), notation, "here");
    CHECK(to_json(back, notation).dump() == text);
    CHECK(back.content == segment.content);
    CHECK(back.end_lsn == segment.end_lsn);
    CHECK(back.commits.last == segment.commits.last);
    CHECK(back.hidden_commits == segment.hidden_commits);
    CHECK(back.snapshot == segment.snapshot);
    CHECK(back.captured_to == segment.captured_to);
    CHECK(back.engine_data == segment.engine_data);
  }
}

TEST_CASE("a damaged segment manifest is corrupt, whatever the damage") {
  const auto read = [](const Json& json) { (void)segment_manifest_from_json(json, kDecimal, "here"); };
  for (const SegmentManifest& segment : {full_segment(), bridge_segment(), mark_segment()}) {
    check_damage(to_json(segment, kDecimal), {"/sqlite"}, kNullable, read);
  }
}

TEST_CASE("unknown members are ignored") {
  Json json = to_json(full_segment(), kDecimal);
  json["later"] = Json::array({1, 2});
  json["commits"]["later"] = true;
  CHECK_NOTHROW((void)segment_manifest_from_json(json, kDecimal, "here"));
}

TEST_CASE("errors name the segment") {
  Json json = to_json(full_segment(), kDecimal);
  json["commits"]["first"]["lsn"] = "x";
  const Error e = caught([&] { (void)segment_manifest_from_json(json, kDecimal, "segments/1/7.seg"); });
  CHECK(contains(e.what(), "segments/1/7.seg"));
  CHECK(contains(e.what(), "lsn"));
}

TEST_CASE("positions of a segment are in order") {
  check_refused([](SegmentManifest& s) { s.end_lsn = {99}; });
  check_refused([](SegmentManifest& s) { s.last_record_lsn = {99}; });
  check_refused([](SegmentManifest& s) { s.last_record_lsn = {201}; });
}

TEST_CASE("commits of a segment are in it, and as many as it says") {
  check_refused([](SegmentManifest& s) { s.commits.count = 0; });
  check_refused([](SegmentManifest& s) { s.commits.first.reset(); });
  check_refused([](SegmentManifest& s) { s.commits.last.reset(); });
  check_refused([](SegmentManifest& s) { s.commits.count = 1; });
  check_refused([](SegmentManifest& s) { s.commits.first->lsn = {100}; });
  check_refused([](SegmentManifest& s) { s.commits.last->lsn = {201}; });
  check_refused([](SegmentManifest& s) { s.commits.first->lsn = {200}; });
}

TEST_CASE("bounds of a segment are the right way round") {
  check_refused([](SegmentManifest& s) { s.time->max = {4}; });
  check_refused([](SegmentManifest& s) { s.xid->max = {7}; });
  check_refused([](SegmentManifest& s) { s.restore_points.front().point.lsn = {201}; });
}

TEST_CASE("a segment without commits may have bounds of other timed records, and no token") {
  SegmentManifest segment = full_segment();
  segment.commits = {};
  segment.xid.reset();
  segment.link_in.clear();
  segment.link_out.clear();
  const SegmentManifest read = segment_manifest_from_json(to_json(segment, kDecimal), kDecimal, "it");
  REQUIRE(read.time);
  CHECK(read.time->max == Timestamp{6});
  CHECK(read.link_in.empty());
}

TEST_CASE("what a segment holds decides what goes with it") {
  check_refused([](SegmentManifest& s) { s.commits.count = 2; }, bridge_segment());
  check_refused([](SegmentManifest& s) { s.snapshot.reset(); }, mark_segment());
  check_refused([](SegmentManifest& s) { s.end_lsn = {101}; }, mark_segment());
  check_refused([](SegmentManifest& s) { s.content = SegmentContent::start; });
  Json json = to_json(full_segment(), kDecimal);
  json["bridge"] = {{"hidden_commits", nullptr}};
  CHECK(caught([&] { (void)segment_manifest_from_json(json, kDecimal, "here"); }).code() == Errc::corrupt);
}

TEST_CASE("a segment that could not be read back is not stored") {
  check_refused([](SegmentManifest& s) { s.repository = "mine"; });
  check_refused([](SegmentManifest& s) { s.timeline = {0}; });
  check_refused([](SegmentManifest& s) { s.engine = "commits"; });
  check_refused([](SegmentManifest& s) { s.engine = "sum"; });
  check_refused([](SegmentManifest& s) { s.engine_data = Json::array(); });
  check_refused([](SegmentManifest& s) { s.archived_at = {std::numeric_limits<std::int64_t>::max()}; });
  check_refused([](SegmentManifest& s) { s.payload.block_hashes.clear(); });
  check_refused([](SegmentManifest& s) { s.snapshot = "../20261123T101112Z-1a2b3c"; });
}

TEST_CASE("commits that nobody knows are null, and are not taken for none") {
  SegmentManifest segment = full_segment();
  segment.commits = {std::nullopt, {}, {}};
  const Json json = to_json(segment, kDecimal);
  CHECK(json.at("commits").is_null());
  CHECK_FALSE(segment_manifest_from_json(json, kDecimal, "here").commits.count);
}

TEST_CASE("what holds no log, and a bridge, has commits that are known") {
  const auto forget = [](SegmentManifest& segment) { segment.commits = {std::nullopt, {}, {}}; };
  check_refused(forget, mark_segment());
  check_refused(forget, bridge_segment());
}
