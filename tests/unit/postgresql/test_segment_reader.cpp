#include "engine/postgresql/segment_reader.hpp"
#include "support/caught.hpp"
#include "support/postgresql_wal.hpp"

#include <doctest/doctest.h>

namespace pitr::postgresql {
namespace {

using test::caught;
using test::PostgresqlWal;

SegmentReader reader_of(const Bytes& segment) { return {segment, parse_segment_header(segment, "s"), "s"}; }

std::vector<Lsn> starts_in(const Bytes& segment) {
  std::vector<Lsn> starts;
  SegmentReader reader = reader_of(segment);
  while (const auto record = reader.next()) starts.push_back(record->start);
  return starts;
}

TEST_CASE("every record is read where it was written, across pages too") {
  PostgresqlWal wal;
  std::vector<Lsn> written;
  for (std::uint32_t size = 0; wal.end() < Lsn{3 * kMinSegmentSize + 900000}; size = (size + 97) % 20000) {
    written.push_back(wal.filler(size));
  }
  wal.switch_segment();
  const Bytes segment = wal.segments().at(0);
  auto starts = starts_in(segment);
  REQUIRE(starts.size() == written.size() + 1);
  starts.pop_back();
  CHECK(starts == written);
}

TEST_CASE("a record ends where the next one may start, aligned, and a switch at the end of its segment") {
  PostgresqlWal wal;
  wal.filler(3);
  const Lsn second = wal.filler(10);
  wal.switch_segment();
  const Bytes segment = wal.segments().at(0);
  SegmentReader reader = reader_of(segment);
  CHECK(reader.next()->end == second);
  const auto record = reader.next();
  CHECK(record->header.previous.value == 3 * kMinSegmentSize + kLongPageHeaderSize);
  CHECK(record->header.length == kRecordHeaderSize + 2 + 10);
  CHECK(reader.next()->end == Lsn{4 * kMinSegmentSize});
  CHECK_FALSE(reader.next());
  CHECK(reader.was_switched());
  CHECK_FALSE(reader.outgoing());
  CHECK_FALSE(reader.incoming());
}

TEST_CASE("a record over a segment's end goes out of one and comes into the next, whole when joined") {
  PostgresqlWal wal;
  while (wal.end() < Lsn{4 * kMinSegmentSize - 9000}) wal.filler(500);
  const Lsn start = wal.filler(30000);
  const Lsn end = wal.end();
  wal.switch_segment();
  const auto segments = wal.segments();
  SegmentReader first = reader_of(segments.at(0));
  while (first.next()) {
  }
  REQUIRE(first.outgoing());
  CHECK(first.outgoing()->start == start);
  CHECK(first.outgoing()->length == kRecordHeaderSize + 5 + 30000);
  SegmentReader second = reader_of(segments.at(1));
  REQUIRE(second.incoming());
  CHECK(second.incoming()->end == end);
  CHECK(first.outgoing()->bytes.size() + second.incoming()->bytes.size() == first.outgoing()->length);
  CHECK(second.next()->start == end);
}

TEST_CASE("a record may fill whole segments") {
  PostgresqlWal wal;
  wal.filler(3 * kMinSegmentSize);
  wal.switch_segment();
  const auto segments = wal.segments();
  SegmentReader middle = reader_of(segments.at(1));
  REQUIRE(middle.incoming());
  CHECK_FALSE(middle.incoming()->end);
  CHECK_FALSE(middle.next());
  CHECK(reader_of(segments.at(3)).incoming()->end);
}

TEST_CASE("any byte changed is found, with the place") {
  PostgresqlWal wal;
  while (wal.end() < Lsn{3 * kMinSegmentSize + 40000}) wal.filler(700);
  const std::size_t used = wal.end().value - 3 * kMinSegmentSize;
  wal.switch_segment();
  const Bytes good = wal.segments().at(0);
  const auto good_starts = starts_in(good);
  // Not seen: padding behind records and in page headers, and flags and lengths that mean nothing here.
  std::size_t unseen = 0;
  for (std::size_t at = kLongPageHeaderSize; at < used + 200; at += 7) {
    Bytes bad = good;
    bad[at] ^= std::byte{0x10};
    std::vector<Lsn> starts;
    try {
      starts = starts_in(bad);
    } catch (const Error& error) {
      CHECK(error.code() == Errc::corrupt);
      CHECK(std::string(error.what()).find("LSN 0/30") != std::string::npos);
      continue;
    }
    CHECK(starts == good_starts);
    ++unseen;
  }
  CHECK(unseen < used / 7 / 50);
}

TEST_CASE("a log that stops before its segment does is damage") {
  PostgresqlWal wal;
  wal.fill_segment();
  Bytes segment = wal.segments().at(0);
  std::fill(segment.begin() + 100000, segment.end(), std::byte{0});
  CHECK(caught([&] { starts_in(segment); }).code() == Errc::corrupt);
}

TEST_CASE("a page of a recycled file is not taken for the log") {
  PostgresqlWal wal;
  wal.fill_segment();
  const Bytes old = wal.segments().at(0);
  PostgresqlWal later(0xD110, {1}, 9);
  later.fill_segment();
  Bytes mixed = later.segments().at(0);
  std::copy(old.begin() + 5 * kPageSize, old.end(), mixed.begin() + 5 * kPageSize);
  const Error error = caught([&] { starts_in(mixed); });
  CHECK(error.code() == Errc::corrupt);
  CHECK(std::string(error.what()).find("LSN 0/90A000") != std::string::npos);
}

TEST_CASE("what stands behind a switch is damage") {
  PostgresqlWal wal;
  wal.filler(10);
  wal.switch_segment();
  Bytes segment = wal.segments().at(0);
  segment[segment.size() - 3] = std::byte{1};
  CHECK(caught([&] { starts_in(segment); }).code() == Errc::corrupt);
}

}  // namespace
}  // namespace pitr::postgresql
