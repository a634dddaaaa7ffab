#include "base/atomic_file.hpp"
#include "base/progress.hpp"
#include "run/archive.hpp"
#include "run/fetch.hpp"
#include "run/init.hpp"
#include "support/caught.hpp"
#include "support/postgresql_wal.hpp"
#include "support/temp_dir.hpp"

#include <string>

#include <boost/filesystem/operations.hpp>
#include <doctest/doctest.h>

namespace pitr {
namespace {

using test::caught;
using test::contains;
using test::PostgresqlWal;
using test::TempDir;
using Origin = FetchReport::Origin;

constexpr std::uint64_t kSize = PostgresqlWal::kSegmentSize;

// A repository that a server has archived into, and a place where it recovers.
struct Recovery {
  TempDir directory;
  NoProgress progress;
  Context context{(directory / "repo").string(), 2, progress};
  FetchRequest request;

  Recovery() {
    init_repository(context, {"postgresql", {}});
    fs::create_directories(directory / "pg_wal");
    fs::create_directories(directory / "to");
    request.destination = directory / "to" / "RECOVERYXLOG";
    request.prefetch = 0;
  }

  void archive(const std::string& name, ByteView bytes) const {
    AtomicFile file(directory / "pg_wal" / name);
    file.write(bytes);
    file.commit_replacing();
    ArchiveRequest archiving;
    archiving.source = directory / "pg_wal" / name;
    archiving.ahead = 0;
    pitr::archive(context, archiving);
  }
  void archive(const PostgresqlWal& wal, std::size_t from = 0) const {
    for (std::size_t i = from; i < wal.segments().size(); ++i) archive(wal.name(i).text(), wal.segments()[i]);
  }
  [[nodiscard]] fs::path object(TimelineId timeline, std::uint64_t number) const {
    return directory / fmt::format("repo/segments/{:08x}/{:016x}.seg", timeline.value, number);
  }

  FetchReport fetch(const std::string& name) {
    request.name = name;
    return pitr::fetch(context, request);
  }
  // Neither an answer nor a file.
  Error failure(const std::string& name) {
    const Error error = caught([&] { fetch(name); });
    CHECK_FALSE(fs::exists(request.destination));
    CHECK(fs::is_empty(directory / "to"));
    return error;
  }
  void certain(const std::string& name) {
    CAPTURE(name);
    const FetchReport report = fetch(name);
    CHECK(report.origin == Origin::nowhere);
    CHECK_FALSE(report.reason.empty());
    CHECK_FALSE(fs::exists(request.destination));
  }
};

PostgresqlWal log_of(TimelineId timeline, std::uint64_t first, int segments) {
  PostgresqlWal wal(0xD110, timeline, first);
  for (int i = 0; i < segments; ++i) {
    wal.commit(5, 1000000 + i);
    wal.fill_segment();
  }
  return wal;
}

std::string segment_file(std::uint32_t timeline, std::uint64_t number) {
  return postgresql::segment_name({timeline}, {number * kSize}, kSize).text();
}

// Segments 3, 4 and 5 on timeline 1.
struct ThreeSegments : Recovery {
  PostgresqlWal wal = log_of({1}, 3, 3);
  ThreeSegments() { archive(wal); }
};

// And timeline 2, which forked off in segment 5 and has 5 and 6.
struct TwoTimelines : ThreeSegments {
  static constexpr Lsn kFork{5 * kSize + 0x100};
  TwoTimelines() {
    archive("00000002.history", as_bytes("1\t0/500100\tno recovery target specified\n"));
    archive(log_of({2}, 3, 4), 2);
  }
};

TEST_CASE_FIXTURE(ThreeSegments, "a segment is delivered whole, in place of what was there") {
  AtomicFile old(request.destination);
  old.write(as_bytes("old"));
  old.commit_replacing();
  const FetchReport report = fetch(segment_file(1, 4));
  CHECK(report.origin == Origin::repository);
  CHECK(report.size == kSize);
  CHECK(read_whole_file(request.destination) == wal.segments().at(1));
  CHECK(std::distance(fs::directory_iterator(directory / "to"), {}) == 1);
}

TEST_CASE_FIXTURE(TwoTimelines, "a history file is delivered") {
  CHECK(fetch("00000002.history").origin == Origin::repository);
  CHECK(as_text(read_whole_file(request.destination)).starts_with("1\t0/500100"));
}

TEST_CASE_FIXTURE(ThreeSegments,
                  "the end of the log is beyond the newest segment, and a hole is not the end") {
  certain(segment_file(1, 6));
  certain(segment_file(1, 1000));
  fs::remove(object({1}, 4));
  const Error error = failure(segment_file(1, 4));
  CHECK(error.code() == Errc::wal_gap);
  CHECK(contains(error.what(), segment_file(1, 4)));
  failure(segment_file(1, 2));
  certain(segment_file(1, 6));
}

TEST_CASE_FIXTURE(ThreeSegments, "the newest segment lost is no end while recovery needs it") {
  request.bounds = {TimelineId{1}, Lsn{5 * kSize + 1}};
  fs::remove(object({1}, 5));
  CHECK(failure(segment_file(1, 5)).code() == Errc::wal_gap);
  certain(segment_file(1, 6));
  request.bounds.require_through = Lsn{5 * kSize};
  certain(segment_file(1, 5));
  request.bounds.require_through = Lsn{0};
  certain(segment_file(1, 5));
}

TEST_CASE_FIXTURE(ThreeSegments, "beyond what recovery needs a hole does not matter") {
  request.bounds = {TimelineId{1}, Lsn{4 * kSize}};
  fs::remove(object({1}, 4));
  certain(segment_file(1, 4));
}

TEST_CASE_FIXTURE(ThreeSegments, "a timeline that nothing is known of is not at its end") {
  CHECK(failure(segment_file(7, 5)).code() == Errc::wal_gap);
}

TEST_CASE_FIXTURE(ThreeSegments, "of a timeline that has just begun nothing is archived yet") {
  archive("00000002.history", as_bytes("1\t0/500100\tno recovery target specified\n"));
  certain(segment_file(2, 5));
  certain(segment_file(2, 6));
  failure(segment_file(2, 4));
  fs::rename(directory / "repo" / "segments", directory / "elsewhere");
  failure(segment_file(2, 5));
}

TEST_CASE_FIXTURE(ThreeSegments, "a repository without log is no end") {
  fs::remove_all(directory / "repo" / "timelines");
  CHECK(failure(segment_file(1, 9)).code() == Errc::not_found);
}

TEST_CASE_FIXTURE(ThreeSegments, "all segments of the first timeline lost are no end") {
  fs::rename(directory / "repo" / "segments", directory / "elsewhere");
  CHECK(failure(segment_file(1, 3)).code() == Errc::wal_gap);
  CHECK(failure(segment_file(1, 9)).code() == Errc::wal_gap);
}

TEST_CASE_FIXTURE(ThreeSegments, "the copy of the fork's segment may be absent while the parent's is there") {
  archive("00000002.history", as_bytes("1\t0/500100\tno recovery target specified\n"));
  request.bounds = {TimelineId{2}, Lsn{5 * kSize + 0x100}};
  certain(segment_file(2, 5));
  // Recovery needs what timeline 2 wrote itself.
  request.bounds.require_through = Lsn{5 * kSize + 0x101};
  CHECK(failure(segment_file(2, 5)).code() == Errc::wal_gap);
  request.bounds.require_through = Lsn{5 * kSize + 0x100};
  fs::remove(object({1}, 5));
  CHECK(failure(segment_file(2, 5)).code() == Errc::wal_gap);
}

TEST_CASE_FIXTURE(ThreeSegments, "the grandparent's copy counts where both forks lie in one segment") {
  archive("00000002.history", as_bytes("1\t0/500100\ta\n"));
  archive("00000003.history", as_bytes("1\t0/500100\ta\n2\t0/500200\tb\n"));
  request.bounds = {TimelineId{3}, Lsn{5 * kSize + 0x80}};
  certain(segment_file(3, 5));
  CHECK(failure(segment_file(3, 4)).code() == Errc::wal_gap);
}

TEST_CASE_FIXTURE(TwoTimelines, "the copy of the fork's segment is lost where later ones are there") {
  fs::remove(object({2}, 5));
  CHECK(failure(segment_file(2, 5)).code() == Errc::wal_gap);
  request.bounds = {TimelineId{2}, kFork};
  CHECK(failure(segment_file(2, 5)).code() == Errc::wal_gap);
}

TEST_CASE_FIXTURE(TwoTimelines,
                  "history files end above the planned timeline, and are lost at and below it") {
  fs::remove(directory / "repo" / "files" / "00000002.history");
  request.bounds.timeline = TimelineId{1};
  certain("00000002.history");
  request.bounds.timeline = TimelineId{2};
  certain("00000003.history");
  CHECK(failure("00000002.history").code() == Errc::wal_gap);
  request.bounds.timeline = TimelineId{3};
  CHECK(failure("00000002.history").code() == Errc::wal_gap);
  CHECK(failure("00000003.history").code() == Errc::wal_gap);
}

TEST_CASE_FIXTURE(TwoTimelines, "without a plan a history file is lost where its timeline is known") {
  fs::remove(directory / "repo" / "files" / "00000002.history");
  certain("00000003.history");
  failure("00000002.history");
  fs::remove(directory / "repo" / "timelines" / "00000002.json");
  failure("00000002.history");
}

TEST_CASE_FIXTURE(Recovery, "a timeline that comes from nowhere has no history") {
  archive(log_of({4}, 9, 1));
  request.bounds.timeline = TimelineId{4};
  certain("00000004.history");
}

TEST_CASE_FIXTURE(ThreeSegments, "notes of backups and unfinished segments are never needed") {
  certain(segment_file(1, 3) + ".00000028.backup");
  certain(segment_file(1, 3) + ".partial");
}

TEST_CASE_FIXTURE(ThreeSegments, "a name that no database gives is a failure") {
  for (const char* name : {"nonsense", "../pitr.json", "00000001.histori", "000000010000000000000F000"})
    CHECK(failure(name).code() == Errc::usage);
  // No segment of this size has such a name.
  CHECK(failure("0000000100000000FFFFFFFF").code() == Errc::corrupt);
}

TEST_CASE_FIXTURE(ThreeSegments, "an absent store is a failure, for a file that never was too") {
  request.bounds = {TimelineId{1}, Lsn{6 * kSize}};
  const auto fails = [&](Errc code) {
    for (const std::string& name : {segment_file(1, 4), segment_file(1, 9), std::string("00000002.history")})
      CHECK(failure(name).code() == code);
  };
  fs::rename(directory / "repo", directory / "away");
  fails(Errc::not_found);
  fs::create_directories(directory / "repo");
  fails(Errc::not_found);
  fs::create_directories(directory / "repo" / "segments");
  fails(Errc::not_found);
}

TEST_CASE_FIXTURE(ThreeSegments, "another repository is a failure, for a file that never was too") {
  request.repository_id = std::string(32, '0');
  CHECK(failure(segment_file(1, 4)).code() == Errc::conflict);
  CHECK(failure(segment_file(1, 9)).code() == Errc::conflict);
}

TEST_CASE_FIXTURE(ThreeSegments, "a damaged object is a failure, and leaves no file") {
  const auto damage = [](const fs::path& path, std::uint64_t at) {
    Bytes bytes = read_whole_file(path);
    bytes.at(at) ^= std::byte{1};
    AtomicFile file(path);
    file.write(bytes);
    file.commit_replacing();
  };
  damage(object({1}, 3), 20);
  CHECK(failure(segment_file(1, 3)).code() == Errc::corrupt);
  damage(object({1}, 4), fs::file_size(object({1}, 4)) - 10);
  CHECK(failure(segment_file(1, 4)).code() == Errc::corrupt);
  fs::resize_file(object({1}, 5), fs::file_size(object({1}, 5)) - 1);
  CHECK(failure(segment_file(1, 5)).code() == Errc::corrupt);
  damage(directory / "repo" / "timelines" / "00000001.json", 30);
  CHECK(failure(segment_file(1, 9)).code() == Errc::corrupt);
  damage(directory / "repo" / "pitr.json", 30);
  CHECK(failure("00000002.history").code() == Errc::corrupt);
}

TEST_CASE_FIXTURE(Recovery, "a repository of a database that is looked at is a failure") {
  context.repository_url = (directory / "sqlite").string();
  init_repository(context, {"sqlite", {}});
  CHECK(failure(segment_file(1, 3)).code() == Errc::usage);
}

TEST_CASE_FIXTURE(ThreeSegments, "a destination that cannot be written is a failure") {
  request.destination = directory / "none" / "RECOVERYXLOG";
  request.name = segment_file(1, 3);
  CHECK(caught([&] { pitr::fetch(context, request); }).code() == Errc::io_error);
}

}  // namespace
}  // namespace pitr
