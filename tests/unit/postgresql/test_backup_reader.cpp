#include "engine/postgresql/backup_reader.hpp"
#include "engine/postgresql/control_file.hpp"
#include "engine/postgresql/wal_format.hpp"
#include "support/caught.hpp"
#include "support/postgresql_control.hpp"
#include "support/postgresql_page.hpp"
#include "support/temp_dir.hpp"

#include <boost/filesystem/operations.hpp>
#include <doctest/doctest.h>
#include <fcntl.h>

namespace pitr::postgresql {
namespace {

using test::caught;
using test::damaged_page;
using test::sound_page;

constexpr std::uint32_t kSegmentPages = 131072;

void write(const fs::path& path, ByteView bytes) {
  fs::create_directories(path.parent_path());
  write_all(open_file(path, O_WRONLY | O_CREAT | O_TRUNC, 0640).get(), bytes, path);
}

Bytes content(const SnapshotSourceFile& file) {
  Bytes bytes(static_cast<std::size_t>(file.size));
  if (!bytes.empty()) file.read(0, bytes);
  return bytes;
}

std::optional<PageRules> rules() {
  return PageRules{{{0x1000}, [] { return Lsn{0x2000}; }}, kSegmentPages};
}

TEST_CASE("a file is handed out as it is") {
  const test::TempDir dir;
  write(dir / "base/5/PG_VERSION", as_bytes("15\n"));
  BackupReader reader(dir.path(), rules());
  int visits = 0;
  CHECK(reader.read({"base/5/PG_VERSION", 3, false}, [&](const SnapshotSourceFile& file) {
    ++visits;
    CHECK(file.path == "base/5/PG_VERSION");
    CHECK(file.mode ==
          (stat_of(open_file(dir / file.path, O_RDONLY).get(), dir / file.path).st_mode & 07777));
    CHECK(as_text(content(file)) == "15\n");
  }));
  CHECK(visits == 1);
}

TEST_CASE("a file that is gone, or is none any more, is skipped") {
  const test::TempDir dir;
  fs::create_directory(dir / "now_a_directory");
  BackupReader reader(dir.path(), rules());
  const auto never = [](const SnapshotSourceFile&) { FAIL("handed out"); };
  CHECK_FALSE(reader.read({"gone", 10, false}, never));
  CHECK_FALSE(reader.read({"now_a_directory", 10, false}, never));
}

TEST_CASE("a file that shrinks while it is read is filled up with zeros, and one that grows is cut") {
  const test::TempDir dir;
  write(dir / "1259", as_bytes("abcdef"));
  BackupReader reader(dir.path(), std::nullopt);
  reader.read({"1259", 6, true}, [&](const SnapshotSourceFile& file) {
    truncate_file(open_file(dir / "1259", O_RDWR).get(), 2, dir / "1259");
    CHECK(as_text(content(file)) == std::string_view("ab\0\0\0\0", 6));
    write(dir / "1259", as_bytes("ABCDEFGHI"));
    CHECK(file.size == 6);
    CHECK(as_text(content(file)) == "ABCDEF");
  });
}

TEST_CASE("what is beyond four gigabytes is read, too") {
  const test::TempDir dir;
  constexpr std::uint64_t kFar = (5ULL << 30U) + 3;
  const fs::path path = dir / "large";
  const Fd fd = open_file(path, O_RDWR | O_CREAT);
  write_all_at(fd.get(), as_bytes("here"), kFar, path);
  BackupReader reader(dir.path(), std::nullopt);
  reader.read({"large", 0, false}, [&](const SnapshotSourceFile& file) {
    CHECK(file.size == kFar + 4);
    Bytes bytes(5);
    file.read(kFar - 1, bytes);
    CHECK(as_text(bytes) == std::string_view("\0here", 5));
  });
}

TEST_CASE("the pages of relations are checked, by block of the relation, and those of other files are not") {
  const test::TempDir dir;
  Bytes pages = sound_page(kSegmentPages);
  append(pages, damaged_page(kSegmentPages + 1));
  write(dir / "base/5/16384.1", pages);
  write(dir / "pg_xact/0000", pages);
  BackupReader reader(dir.path(), rules());
  const auto read = [](const SnapshotSourceFile& file) { content(file); };
  reader.read({"base/5/16384.1", pages.size(), true}, read);
  reader.read({"pg_xact/0000", pages.size(), false}, read);
  CHECK(reader.findings().checked == 2);
  CHECK(reader.findings().bad == 1);
  REQUIRE(reader.findings().listed.size() == 1);
  CHECK(reader.findings().listed[0].file == "base/5/16384.1");
  CHECK(reader.findings().listed[0].block == kSegmentPages + 1);
}

TEST_CASE("a relation that was cut off while it was read has no bad pages") {
  const test::TempDir dir;
  Bytes pages = sound_page(0);
  append(pages, sound_page(1));
  write(dir / "1259", pages);
  BackupReader reader(dir.path(), rules());
  reader.read({"1259", pages.size(), true}, [&](const SnapshotSourceFile& file) {
    truncate_file(open_file(dir / "1259", O_RDWR).get(), kPageSize, dir / "1259");
    content(file);
  });
  CHECK(reader.findings().bad == 0);
}

TEST_CASE("bad pages without end are counted, and the first ones listed") {
  const test::TempDir dir;
  Bytes pages;
  for (std::uint32_t i = 0; i < 600; ++i) append(pages, sound_page(7));
  write(dir / "100", pages);
  write(dir / "101", pages);
  BackupReader reader(dir.path(), rules());
  for (const char* name : {"100", "101"})
    reader.read({name, pages.size(), true}, [](const SnapshotSourceFile& file) { content(file); });
  CHECK(reader.findings().bad == 2 * 599);
  REQUIRE(reader.findings().listed.size() == PageFindings::kMostListed);
  CHECK(reader.findings().listed.back().file == "101");
}

TEST_CASE("a control file is handed out when it is sound, and only then") {
  const test::TempDir dir;
  const Bytes good = test::control_file_of_standby();
  write(dir / "global/pg_control", good);
  BackupReader reader(dir.path(), rules());
  reader.read_control_file([&](const SnapshotSourceFile& file) {
    CHECK(file.path == "global/pg_control");
    CHECK(content(file) == good);
  });
  Bytes bad = good;
  bad[40] ^= std::byte{1};
  write(dir / "global/pg_control", bad);
  const auto never = [](const SnapshotSourceFile&) { FAIL("handed out"); };
  CHECK(caught([&] { reader.read_control_file(never); }).code() == Errc::corrupt);
}

}  // namespace
}  // namespace pitr::postgresql
