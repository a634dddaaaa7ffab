#include "engine/sqlite/scan.hpp"
#include "engine_test.hpp"

namespace pitr::sqlite {
namespace {

using test::SqliteArchive;
using test::SqliteDatabase;
using test::StoredSegment;

SegmentFacts scan(const StoredSegment& segment) {
  test::BytesSource source(segment.raw);
  return scan_segment(segment.manifest, source);
}

bool is_corrupt(const StoredSegment& segment) {
  return test::caught([&] { static_cast<void>(scan(segment)); }).code() == Errc::corrupt;
}

void set(PackedJson& data, const char* key, Json value) {
  Json changed = data.value();
  changed[key] = std::move(value);
  data = changed;
}

// A log segment of three commits as an archive run stores it.
StoredSegment real_segment() {
  SqliteDatabase database(512);
  SqliteArchive archive(database.path, database.state());
  archive.run();
  database.commits(3);
  archive.run();
  return archive.segments().back();
}

TEST_CASE("a scan tells every commit with its position, its xid and its bounds") {
  const StoredSegment segment = real_segment();
  const SegmentManifest& manifest = segment.manifest;
  const SegmentFacts facts = scan(segment);
  CHECK(facts.records == manifest.end_lsn.value - manifest.start_lsn.value);
  REQUIRE(facts.commits.size() == 3);
  CHECK(facts.commits.front().point == *manifest.commits.first);
  CHECK(facts.commits.back().point == *manifest.commits.last);
  CHECK(facts.commits[0].point.xid == Xid{1});
  CHECK(facts.commits[1].point.xid == Xid{2});
  CHECK(facts.commits[0].point.lsn < facts.commits[1].point.lsn);
  CHECK(facts.commits[1].point.lsn < facts.commits[2].point.lsn);
  for (const CommitFact& commit : facts.commits) {
    CHECK(commit.not_before == manifest.time->min);
    CHECK(commit.not_after == manifest.time->max);
    CHECK(commit.point.time == segment_data(manifest).look.by);
  }
}

TEST_CASE("a segment without log has no facts") {
  SqliteDatabase database;
  SqliteArchive archive(database.path, database.state());
  archive.run();
  const SegmentFacts facts = scan(archive.segments().front());
  CHECK(facts.records == 0);
  CHECK(facts.commits.empty());
}

TEST_CASE("a segment with any byte flipped is corrupt") {
  const StoredSegment good = real_segment();
  for (std::size_t i = 0; i < good.raw.size(); ++i) {
    StoredSegment bad = good;
    bad.raw[i] ^= static_cast<std::byte>(1U << (i % 8));
    CAPTURE(i);
    CHECK(is_corrupt(bad));
  }
}

TEST_CASE("a segment cut anywhere, or longer than its manifest says, is corrupt") {
  const StoredSegment good = real_segment();
  for (std::size_t size = 0; size < good.raw.size(); size += 7) {
    StoredSegment bad = good;
    bad.raw.resize(size);
    CAPTURE(size);
    CHECK(is_corrupt(bad));
  }
  for (std::size_t frames = 0; kWalHeaderSize + frames * (kFrameHeaderSize + 512) < good.raw.size();
       ++frames) {
    StoredSegment bad = good;
    bad.raw.resize(kWalHeaderSize + frames * (kFrameHeaderSize + 512));
    CAPTURE(frames);
    CHECK(is_corrupt(bad));
  }
  StoredSegment longer = good;
  longer.raw.push_back(std::byte{0});
  CHECK(is_corrupt(longer));
}

TEST_CASE("a segment that ends inside a transaction is corrupt") {
  CHECK_NOTHROW(static_cast<void>(scan(test::segment_of(512, {{1, 0, 'a'}, {2, 2, 'b'}}, {5}))));
  CHECK(is_corrupt(test::segment_of(512, {{1, 1, 'a'}, {2, 0, 'b'}}, {5})));
}

TEST_CASE("a segment that is not what its manifest says is corrupt") {
  const StoredSegment good = test::segment_of(512, {{1, 2, 'a'}, {2, 2, 'b'}, {1, 2, 'c'}}, {5});
  REQUIRE(scan(good).commits.size() == 3);
  const auto damaged = [&](auto damage) {
    StoredSegment bad = good;
    damage(bad.manifest);
    return is_corrupt(bad);
  };
  CHECK(damaged([](SegmentManifest& m) { ++m.end_lsn.value; }));
  CHECK(damaged([](SegmentManifest& m) { ++m.start_lsn.value; }));
  CHECK(damaged([](SegmentManifest& m) { --*m.commits.count; }));
  CHECK(damaged([](SegmentManifest& m) { m.commits.first.reset(); }));
  CHECK(damaged([](SegmentManifest& m) { ++m.commits.first->lsn.value; }));
  CHECK(damaged([](SegmentManifest& m) { ++m.commits.last->xid->value; }));
  CHECK(damaged([](SegmentManifest& m) { set(m.engine_data, "page_count", 3); }));
  CHECK(damaged([](SegmentManifest& m) { set(m.engine_data, "page_size", 1024); }));
  CHECK(damaged([](SegmentManifest& m) { set(m.engine_data, "last_xid", 4); }));
}

TEST_CASE("a log segment whose frames are not those that SQLite summed is corrupt") {
  const StoredSegment good = real_segment();
  const auto damaged = [&](const char* key, Json value) {
    StoredSegment bad = good;
    set(bad.manifest.engine_data, key, std::move(value));
    return is_corrupt(bad);
  };
  CHECK(damaged("checksum_in", "0000000000000000"));
  CHECK(damaged("checksum_out", "0000000000000000"));
}

}  // namespace
}  // namespace pitr::sqlite
