#include "engine/sqlite/segmenter.hpp"
#include "engine_test.hpp"

namespace pitr::sqlite {
namespace {

using test::SqliteDatabase;

constexpr std::uint32_t kPageSize = 65536;
// Whole frames that fit into a segment.
constexpr std::uint32_t kFits = Segmenter::kSegmentSize / (kFrameHeaderSize + kPageSize);

// A generation of the log whose commits end at these frames, as far as a segmenter looks.
CommitRun run_of(std::uint32_t after, const std::vector<std::uint32_t>& ends, Salts salts = {1, 2}) {
  CommitRun run{{salts, false, after, {after, after}}, {}};
  for (const std::uint32_t end : ends) run.commits.push_back({end, 100 + end, {end, end + 1}, {}});
  return run;
}

struct Cutting {
  SqliteDatabase database{512};
  test::Live live{database.path};
  HashSecret secret = test::test_secret();
  SegmentData data = [] {
    SegmentData d;
    d.position.page_size = kPageSize;
    d.position.schema.add("table", "t", "CREATE TABLE t(x)");
    d.look = {Timestamp{10}, Timestamp{20}, Timestamp{30}};
    d.file = "app.db";
    return d;
  }();

  SegmentManifest head() const {
    SegmentData at_head = data;
    at_head.position.xid = {40};
    SegmentManifest manifest = look_manifest(at_head, SegmentContent::mark, {1000}, 0);
    manifest.link_out = "head";
    return manifest;
  }

  std::vector<SegmentManifest> cut(const std::vector<CommitRun>& runs, std::uint32_t change = 500) const {
    Segmenter segmenter({live.wal, secret, data, change}, head());
    for (const CommitRun& run : runs) segmenter.add(run);
    std::vector<SegmentManifest> manifests;
    for (const auto& draft : segmenter.take()) manifests.push_back(draft->manifest());
    return manifests;
  }
};

TEST_CASE("commits that fit into one segment make one") {
  const Cutting cutting;
  const auto cut = cutting.cut({run_of(7, {8, 10, 7 + kFits})});
  REQUIRE(cut.size() == 1);
  CHECK(cut[0].content == SegmentContent::log);
  CHECK(cut[0].start_lsn == Lsn{1000});
  CHECK(cut[0].end_lsn == Lsn{1000 + kFits});
  CHECK(cut[0].last_record_lsn == Lsn{1000 + kFits - 1});
  CHECK(cut[0].commits.count == 3);
  CHECK(cut[0].commits.first == Point{{1001}, Timestamp{30}, Xid{41}});
  CHECK(cut[0].commits.last == Point{{1000 + kFits}, Timestamp{30}, Xid{43}});
  CHECK(cut[0].xid->min == Xid{41});
  CHECK(cut[0].xid->max == Xid{43});
  CHECK(cut[0].captured_to == Timestamp{20});
}

TEST_CASE("a segment's data name its frames, its checksums and the state at its end") {
  const Cutting cutting;
  const SegmentData data = segment_data(cutting.cut({run_of(7, {8, 10})}).at(0));
  CHECK(data.first_frame == 8);
  CHECK(data.checksum_in == Checksum{7, 7});
  CHECK(data.position.place.frame == 10);
  CHECK(data.position.place.checksum == Checksum{10, 11});
  CHECK(data.position.place.salts == Salts{1, 2});
  CHECK(data.position.page_count == 110);
  CHECK(data.position.xid == Xid{42});
  CHECK(data.position.change == 500);
  CHECK(data.position.schema == cutting.data.position.schema);
}

TEST_CASE("a segment is cut before the commit that does not fit any more") {
  const Cutting cutting;
  const auto cut = cutting.cut({run_of(0, {1, kFits, kFits + 1, kFits + 2})});
  REQUIRE(cut.size() == 2);
  CHECK(cut[0].end_lsn == Lsn{1000 + kFits});
  CHECK(cut[0].commits.count == 2);
  CHECK(cut[1].start_lsn == cut[0].end_lsn);
  CHECK(cut[1].commits.count == 2);
  CHECK(cut[1].commits.first->xid == Xid{43});
}

TEST_CASE("a transaction larger than a segment has one to itself") {
  const Cutting cutting;
  const auto cut = cutting.cut({run_of(0, {2, 2 + kFits + 1, 2 + kFits + 2})});
  REQUIRE(cut.size() == 3);
  CHECK(cut[0].commits.count == 1);
  CHECK(cut[1].commits.count == 1);
  CHECK(cut[1].end_lsn.value - cut[1].start_lsn.value == kFits + 1);
  CHECK(cut[2].commits.count == 1);
}

TEST_CASE("every segment is linked to the one before it") {
  const Cutting cutting;
  const auto cut = cutting.cut({run_of(0, {kFits, 2 * kFits, 3 * kFits})});
  REQUIRE(cut.size() == 3);
  CHECK(cut[0].link_in == "head");
  CHECK(cut[1].link_in == cut[0].link_out);
  CHECK(cut[2].link_in == cut[1].link_out);
  for (const auto& manifest : cut)
    CHECK(manifest.link_out == link_token(segment_data(manifest).position.place));
}

TEST_CASE("the change counter at each segment's end is counted back from the look") {
  const Cutting cutting;
  const auto cut = cutting.cut({run_of(0, {1, kFits, kFits + 3, 2 * kFits, 3 * kFits})}, 500);
  REQUIRE(cut.size() == 3);
  CHECK(segment_data(cut[2]).position.change == 500);
  CHECK(segment_data(cut[1]).position.change == 499);
  CHECK(segment_data(cut[0]).position.change == 497);
}

TEST_CASE("only the last segment of a look is known to be complete up to it") {
  const Cutting cutting;
  const auto cut = cutting.cut({run_of(0, {kFits, 2 * kFits})});
  REQUIRE(cut.size() == 2);
  CHECK_FALSE(cut[0].captured_to);
  CHECK(cut[1].captured_to == Timestamp{20});
}

TEST_CASE("generations of the log never share a segment") {
  const Cutting cutting;
  const auto cut = cutting.cut({run_of(5, {6, 7}), run_of(0, {1, 2}, {2, 9})});
  REQUIRE(cut.size() == 2);
  CHECK(cut[1].start_lsn == Lsn{1002});
  CHECK(cut[1].xid->min == Xid{43});
  CHECK(segment_data(cut[1]).position.place.salts == Salts{2, 9});
  CHECK(segment_data(cut[1]).first_frame == 1);
}

TEST_CASE("a commit was made after the look before and not later than this one") {
  const Cutting cutting;
  const auto cut = cutting.cut({run_of(0, {1})});
  CHECK(cut.at(0).time->min == Timestamp{10});
  CHECK(cut.at(0).time->max == Timestamp{30});
}

TEST_CASE("bounds stay in order when the clock was set back") {
  Cutting cutting;
  cutting.data.look.after = Timestamp{1'000'000};
  const auto cut = cutting.cut({run_of(0, {1})});
  CHECK(cut.at(0).time->min == Timestamp{30});
  CHECK(cut.at(0).time->max == Timestamp{30});
}

TEST_CASE("no commits make no segments") {
  const Cutting cutting;
  CHECK(cutting.cut({}).empty());
  CHECK(cutting.cut({run_of(3, {})}).empty());
}

TEST_CASE("commits are read from a log one by one, and never beyond its committed end") {
  SqliteDatabase database;
  test::SqliteApp writer(database.path);
  const auto start = test::position_of(database.path).place;
  database.commits(4);
  database.commit(50'000);
  writer.run("PRAGMA cache_size=5; BEGIN; INSERT INTO t(v) VALUES(randomblob(500000))");
  const test::Live live(database.path);
  const CommitRun run = read_commits(live.wal, start, live.index.max_frame);
  REQUIRE(run.commits.size() == 5);
  CHECK(run.commits.back().frame == live.index.max_frame);
  CHECK(run.commits.back().pages == live.index.pages);
  CHECK(run.end().checksum == live.index.checksum);
}

}  // namespace
}  // namespace pitr::sqlite
