#include "engine/postgresql/stored_segment.hpp"
#include "engine/postgresql/wal_format.hpp"
#include "support/caught.hpp"
#include "support/memory_source.hpp"
#include "support/postgresql_wal.hpp"

#include <doctest/doctest.h>

namespace pitr::postgresql {
namespace {

using test::caught;
using test::PostgresqlWal;

constexpr std::int64_t kSecond = 1000000;
constexpr std::int64_t kYear2000 = 946684800;

Timestamp at_second(std::int64_t seconds_since_2000) { return {(kYear2000 + seconds_since_2000) * kSecond}; }

DescribedSegment described(const PostgresqlWal& wal, std::size_t index, const StateBefore& before = {}) {
  const Bytes segment = wal.segments().at(index);
  return describe_segment(scan_segment(segment, wal.name(index), "s"), wal.name(index), before, "s");
}

StateBefore state_after(const DescribedSegment& segment) {
  const SegmentData data = segment_data(segment.manifest);
  return {data.leaves, data.next_xid_out};
}

SegmentManifest stored(DescribedSegment segment, const Bytes& raw) {
  SegmentManifest manifest = std::move(segment.manifest);
  manifest.repository = "0123456789abcdef0123456789abcdef";
  manifest.payload = {raw.size(), raw.size(), digest_of(raw), {hash64_of(raw)}, "none"};
  return manifest;
}

// A log whose first segment ends `room` bytes into a commit record of 34 bytes.
PostgresqlWal with_crossing_commit(std::uint64_t room) {
  PostgresqlWal wal;
  wal.filler(100);
  const std::uint64_t end = (wal.end().value / PostgresqlWal::kSegmentSize + 1) * PostgresqlWal::kSegmentSize;
  const auto left = [&] { return static_cast<std::uint32_t>(end - room - wal.end().value); };
  while (left() > 3 * kPageSize) wal.filler(4000);
  while (left() > 280) wal.filler(64);
  constexpr std::uint32_t kHeaders = kRecordHeaderSize + 2;
  wal.filler(left() - kHeaders);
  wal.commit(7, 100 * kSecond);
  wal.switch_segment();
  return wal;
}

TEST_CASE("a manifest holds what the segment's records tell") {
  PostgresqlWal wal;
  wal.filler(100);
  wal.commit(5, 10 * kSecond);
  const Lsn first = wal.end();
  wal.commit(6, 12 * kSecond);
  wal.restore_point("v2", 13 * kSecond);
  const Lsn point = wal.end();
  wal.switch_segment();
  const SegmentManifest manifest = described(wal, 0).manifest;
  CHECK(manifest.number == SegmentNumber{3});
  CHECK(manifest.start_lsn == Lsn{3 * PostgresqlWal::kSegmentSize});
  CHECK(manifest.end_lsn == Lsn{4 * PostgresqlWal::kSegmentSize});
  CHECK(manifest.commits.count == 2);
  CHECK(manifest.commits.first == Point{first, at_second(10), Xid{5}});
  CHECK(manifest.time->max == at_second(12));
  CHECK(manifest.xid->max == Xid{6});
  REQUIRE(manifest.restore_points.size() == 1);
  CHECK(manifest.restore_points[0].name == "v2");
  CHECK(manifest.restore_points[0].point.lsn == point);
  // The restore point shows that no commit up to then is missing.
  CHECK(manifest.captured_to == at_second(13) - Duration(1));
}

TEST_CASE("a commit that crosses into a segment is found there, wherever it is cut") {
  for (const std::uint64_t room : {8U, 16U, 24U, 32U}) {
    CAPTURE(room);
    const PostgresqlWal wal = with_crossing_commit(room);
    REQUIRE(wal.segments().size() == 2);
    const DescribedSegment one = described(wal, 0);
    CHECK(one.manifest.commits.count == 0);
    REQUIRE(segment_data(one.manifest).leaves.has_value());
    CHECK(segment_data(one.manifest).leaves->taken == room);
    const DescribedSegment two = described(wal, 1, state_after(one));
    REQUIRE(two.manifest.commits.count == 1);
    CHECK(two.manifest.commits.first->xid == Xid{7});
    CHECK(two.facts.timed.at(0).start < two.manifest.start_lsn);
    CHECK(one.manifest.link_out == two.manifest.link_in);
    // Alone, it cannot be known.
    CHECK(described(wal, 1).manifest.commits.count == 0);
  }
}

TEST_CASE("the end of another record is a conflict, a damaged one corrupt") {
  const PostgresqlWal wal = with_crossing_commit(24);
  StateBefore before = state_after(described(wal, 0));
  before.enters->crc ^= 1U;
  CHECK(caught([&] { described(wal, 1, before); }).code() == Errc::corrupt);
  before.enters->length += 8;
  CHECK(caught([&] { described(wal, 1, before); }).code() == Errc::log_conflict);
}

TEST_CASE("ids are widened to those that were given out at the time") {
  PostgresqlWal wal;
  wal.commit(0xFFFFFFF0U, 10 * kSecond);
  wal.commit(3, 11 * kSecond);
  wal.switch_segment();
  const SegmentManifest manifest = described(wal, 0, {{}, Xid{0x2FFFFFFFEU}}).manifest;
  CHECK(manifest.commits.first->xid == Xid{0x2FFFFFFF0U});
  CHECK(manifest.commits.last->xid == Xid{0x300000003U});
}

TEST_CASE("a stored segment is read again, and held against its manifest") {
  PostgresqlWal wal;
  wal.commit(5, 10 * kSecond);
  wal.switch_segment();
  const Bytes raw = wal.segments().at(0);
  SegmentManifest manifest = stored(described(wal, 0), raw);
  test::MemorySource source(std::string(as_text(raw)));
  CHECK(scan_stored_segment(manifest, source).commits.size() == 1);
  manifest.commits.first->xid = Xid{6};
  manifest.commits.last->xid = Xid{6};
  test::MemorySource again(std::string(as_text(raw)));
  CHECK(caught([&] { scan_stored_segment(manifest, again); }).code() == Errc::corrupt);
  test::MemorySource shorter(std::string(as_text(raw)).substr(1));
  CHECK(caught([&] { scan_stored_segment(manifest, shorter); }).code() == Errc::corrupt);
}

TEST_CASE("what a segment's manifest says is read back as it was") {
  const PostgresqlWal wal = with_crossing_commit(16);
  const DescribedSegment one = described(wal, 0);
  const Json json = one.manifest.engine_data.value();
  CHECK(to_json(segment_data_from_json(json, "s")) == json);
  for (const char* key : {"system_identifier", "segment_size", "file", "leaves"}) {
    CAPTURE(key);
    Json damaged = json;
    damaged[key] = "x";
    CHECK(caught([&] { segment_data_from_json(damaged, "s"); }).code() == Errc::corrupt);
  }
}

}  // namespace
}  // namespace pitr::postgresql
