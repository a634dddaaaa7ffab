#include "engine/postgresql/segment_name.hpp"

#include <doctest/doctest.h>

namespace pitr::postgresql {
namespace {

constexpr std::uint32_t kMiB = 1U << 20U;

TEST_CASE("a segment's name tells its timeline and, with the segment size, its place") {
  const auto file = parse_log_file_name("0000000A000000020000003F");
  REQUIRE(file);
  CHECK(file->kind == LogFileKind::segment);
  CHECK(file->segment.timeline == TimelineId{10});
  CHECK(file->segment.start(16 * kMiB) == Lsn{0x23F000000});
  CHECK(file->segment.start(64 * kMiB) == Lsn{0x2FC000000});
  CHECK(file->segment.text() == "0000000A000000020000003F");
  CHECK(segment_name({10}, {0x23F000000}, 16 * kMiB) == file->segment);
}

TEST_CASE("behind the last segment of 4 GiB the middle of the name counts on") {
  CHECK(segment_name({1}, {0xFF000000}, 16 * kMiB).text() == "0000000100000000000000FF");
  CHECK(segment_name({1}, {0x100000000}, 16 * kMiB).text() == "000000010000000100000000");
  CHECK(segment_name({1}, {0x100000000}, 1024 * kMiB).text() == "000000010000000100000000");
}

TEST_CASE("a name that no segment of that size can have has no place") {
  CHECK_FALSE(parse_log_file_name("000000010000000000000100")->segment.start(16 * kMiB));
  CHECK(parse_log_file_name("000000010000000000000100")->segment.start(kMiB) == Lsn{0x10000000});
}

TEST_CASE("the files beside the segments are told apart by their names") {
  CHECK(parse_log_file_name("00000002.history")->kind == LogFileKind::history);
  CHECK(parse_log_file_name("00000002.history")->segment.timeline == TimelineId{2});
  CHECK(parse_log_file_name("000000010000000000000003.partial")->kind == LogFileKind::partial);
  CHECK(parse_log_file_name("000000010000000000000003.00000028.backup")->kind == LogFileKind::backup_history);
}

TEST_CASE("anything else is no file of the log") {
  for (const char* name :
       {"", "000000010000000000000003 ", "00000001000000000000000", "0000000100000000000000033",
        "00000000000000000000003", "000000000000000000000003", "00000001000000000000000a",
        "000000010000000000000003.partia", "000000010000000000000003.Partial",
        "000000010000000000000003.0000028.backup", "000000010000000000000003.000000zz.backup",
        "000000010000000000000003.00000028.backup.gz", "00000000.history", "0000002.history", "2.history",
        "../000000010000000000000003", "RECOVERYXLOG"}) {
    CAPTURE(name);
    CHECK_FALSE(parse_log_file_name(name));
  }
}

}  // namespace
}  // namespace pitr::postgresql
