#include "engine/postgresql/backup_label.hpp"
#include "support/caught.hpp"

#include <doctest/doctest.h>

namespace pitr::postgresql {
namespace {

using test::caught;

constexpr const char* kLabel =
    "START WAL LOCATION: 1/2000028 (file 000000030000000100000002)\n"
    "CHECKPOINT LOCATION: 1/2000060\n"
    "BACKUP METHOD: streamed\n"
    "BACKUP FROM: standby\n"
    "START TIME: 2026-11-23 10:50:39 UTC\n"
    "LABEL: nightly: full\n"
    "START TIMELINE: 3\n";

std::string changed(const std::string& from, const std::string& to) {
  std::string text = kLabel;
  text.replace(text.find(from), from.size(), to);
  return text;
}

std::string with(const std::string& more) {
  std::string text = kLabel;
  return text += more;
}

TEST_CASE("a backup label tells where replay begins, and from which server the backup is") {
  const BackupLabel label = parse_backup_label(kLabel, "l");
  CHECK(label.start == Lsn{0x102000028});
  CHECK(label.file == SegmentName{{3}, 1, 2});
  CHECK(label.checkpoint == Lsn{0x102000060});
  CHECK(label.timeline == TimelineId{3});
  CHECK(label.from_standby);
  CHECK_FALSE(label.incremental);
  CHECK(label.start_time == "2026-11-23 10:50:39 UTC");
  CHECK(label.label == "nightly: full");
  CHECK_FALSE(parse_backup_label(changed("standby", "primary"), "l").from_standby);
}

TEST_CASE("a backup label of PostgreSQL 17 may be of an incremental backup") {
  const auto text = with("INCREMENTAL FROM LSN: 0/28\nINCREMENTAL FROM TLI: 1\n");
  CHECK(parse_backup_label(text, "l").incremental);
}

TEST_CASE("a backup history file is read as a label") {
  const std::string stop = "STOP WAL LOCATION: 1/3000000 (file 000000030000000100000002)\nCHECKPOINT";
  std::string text = changed("CHECKPOINT", stop);
  text += "STOP TIME: 2026-11-23 10:51:00 UTC\nSTOP TIMELINE: 3\n";
  CHECK(parse_backup_label(text, "l").start == Lsn{0x102000028});
}

TEST_CASE("what is no backup label is refused") {
  for (const auto& text :
       {std::string(), std::string("\n"), std::string("x"), changed("1/2000028", "1-2000028"),
        changed("(file", "file"), changed("2)", "2"), changed("000002)", "00002)"),
        changed("0002)", "0002.partial)"), changed("CHECKPOINT LOCATION: 1/2000060\n", ""),
        changed("1/2000060", "1/2000020"), changed("1/2000060", ""), changed("TIMELINE: 3", "TIMELINE: 4"),
        changed("TIMELINE: 3", "TIMELINE: 3x"), changed("TIMELINE: 3", "TIMELINE: 0"),
        changed("START TIMELINE: 3\n", ""), with("START TIMELINE: 3\n")}) {
    CAPTURE(text);
    CHECK(caught([&] { parse_backup_label(text, "l"); }).code() == Errc::corrupt);
  }
}

}  // namespace
}  // namespace pitr::postgresql
