#include "engine/postgresql/segment_scan.hpp"
#include "support/caught.hpp"
#include "support/postgresql_wal.hpp"

#include <doctest/doctest.h>

namespace pitr::postgresql {
namespace {

using test::caught;
using test::PostgresqlWal;

constexpr std::int64_t kSecond = 1000000;

TEST_CASE("a scan tells transactions and restore points with where they start and end") {
  PostgresqlWal wal;
  wal.filler(100);
  const Lsn commit = wal.commit(5, 10 * kSecond);
  const Lsn after = wal.end();
  const Lsn point = wal.restore_point("v2", 11 * kSecond);
  wal.switch_segment();
  const SegmentScan scan = scan_segment(wal.segments().at(0), wal.name(0), "s");
  CHECK(scan.records == 4);
  REQUIRE(scan.ends.size() == 1);
  CHECK(scan.ends[0].start == commit);
  CHECK(scan.ends[0].end == after);
  CHECK(scan.ends[0].record.xid == Xid{5});
  REQUIRE(scan.restore_points.size() == 1);
  CHECK(scan.restore_points[0].start == point);
  CHECK(scan.restore_points[0].record.name == "v2");
  CHECK(scan.switched);
}

TEST_CASE("the links of neighbours fit, whether a record crosses or not") {
  PostgresqlWal wal;
  wal.fill_segment();
  wal.filler(10);
  wal.switch_segment();
  wal.filler(10);
  wal.fill_segment();
  const auto segments = wal.segments();
  REQUIRE(segments.size() >= 3);
  for (std::size_t i = 0; i + 1 < segments.size(); ++i) {
    const SegmentScan one = scan_segment(segments[i], wal.name(i), "s");
    const SegmentScan next = scan_segment(segments[i + 1], wal.name(i + 1), "s");
    CHECK(next.previous == one.last_start);
    CHECK(one.outgoing.has_value() == next.incoming.has_value());
  }
}

TEST_CASE("a segment under another's name is refused") {
  PostgresqlWal wal(0xD110, {3});
  wal.fill_segment();
  const Bytes segment = wal.segments().at(0);
  const SegmentName name = wal.name(0);
  const auto code_of = [&](const SegmentName& wrong) {
    return caught([&] { scan_segment(segment, wrong, "s"); }).code();
  };
  CHECK(code_of({{3}, name.high, name.low + 1}) == Errc::corrupt);
  CHECK(code_of({{3}, name.high + 1, name.low}) == Errc::corrupt);
  CHECK(code_of({{2}, name.high, name.low}) == Errc::corrupt);
  // The first segment of a new timeline begins with the old one's log.
  CHECK(scan_segment(segment, {{4}, name.high, name.low}, "s").records > 0);
}

TEST_CASE("a segment cut short or too long is refused") {
  PostgresqlWal wal;
  wal.fill_segment();
  Bytes segment = wal.segments().at(0);
  segment.pop_back();
  CHECK(caught([&] { scan_segment(segment, wal.name(0), "s"); }).code() == Errc::corrupt);
  segment.resize(kMinSegmentSize + 8);
  CHECK(caught([&] { scan_segment(segment, wal.name(0), "s"); }).code() == Errc::corrupt);
}

}  // namespace
}  // namespace pitr::postgresql
