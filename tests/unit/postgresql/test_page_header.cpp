#include "engine/postgresql/page_header.hpp"
#include "support/caught.hpp"
#include "support/postgresql_wal.hpp"

#include <doctest/doctest.h>

namespace pitr::postgresql {
namespace {

using test::caught;
using test::PostgresqlWal;

Bytes full_segment(std::uint16_t magic) {
  PostgresqlWal wal(magic, {7}, 5);
  wal.fill_segment();
  return wal.segments().at(0);
}

TEST_CASE("a segment's first page tells version, timeline, place, cluster and size") {
  struct Row {
    std::uint16_t magic;
    int major;
  };
  for (const Row row : {Row{0xD106, 13}, Row{0xD10D, 14}, Row{0xD110, 15}, Row{0xD113, 16}, Row{0xD116, 17},
                        Row{0xD118, 18}}) {
    const SegmentHeader header = parse_segment_header(full_segment(row.magic), "s");
    CHECK(header.major == row.major);
    CHECK(header.page.timeline == TimelineId{7});
    CHECK(header.page.address == Lsn{5 * kMinSegmentSize});
    CHECK(header.system_identifier == PostgresqlWal::kSystem);
    CHECK(header.segment_size == kMinSegmentSize);
  }
}

TEST_CASE("a version that is not supported is named as one, and is no damage") {
  for (const auto magic : {std::uint16_t{0xD101}, std::uint16_t{0xD121}}) {
    const Error error = caught([&] { parse_segment_header(full_segment(magic), "s"); });
    CHECK(error.code() == Errc::usage);
    CHECK(error.hint().find("13 to 18") != std::string::npos);
  }
}

TEST_CASE("what does not begin as a segment does is refused") {
  const Bytes good = full_segment(0xD110);
  CHECK(caught([&] { parse_segment_header(ByteView(good).first(39), "s"); }).code() == Errc::corrupt);
  CHECK(caught([&] { parse_segment_header({}, "s"); }).code() == Errc::corrupt);
  CHECK(caught([&] { parse_segment_header(Bytes(100), "s"); }).code() == Errc::corrupt);
  struct Row {
    std::size_t at;
    int value;
  };
  // Magic, no long header, an unknown flag, timeline 0, place off, segment size odd and too small, page size.
  for (const Row row : {Row{1, 0x12}, Row{2, 0x00}, Row{2, 0x12}, Row{4, 0x00}, Row{8, 0x08}, Row{32, 0x01},
                        Row{34, 0x00}, Row{37, 0x40}}) {
    CAPTURE(row.at);
    Bytes bad = good;
    bad[row.at] = static_cast<std::byte>(row.value);
    CHECK(caught([&] { parse_segment_header(bad, "s"); }).code() == Errc::corrupt);
  }
}

}  // namespace
}  // namespace pitr::postgresql
