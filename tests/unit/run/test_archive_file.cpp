#include "base/atomic_file.hpp"
#include "engine/postgresql/engine.hpp"
#include "repo/payload_reader.hpp"
#include "run/archive_file.hpp"
#include "run/list.hpp"
#include "run/restore_points.hpp"
#include "run_test.hpp"
#include "store/store.hpp"
#include "support/postgresql_wal.hpp"
#include "support/temp_dir.hpp"

#include <optional>

#include <boost/filesystem/operations.hpp>
#include <doctest/doctest.h>
#include <fmt/format.h>

namespace pitr {
namespace {

using test::caught;
using test::PostgresqlWal;
using test::TempDir;

// A server's log directory, and a repository for it.
struct Server {
  TempDir directory;
  NoProgress progress;
  std::vector<std::string> warnings;
  Context context{(directory / "repo").string(), 2, progress,
                  [this](std::string_view warning) { warnings.emplace_back(warning); }};
  Repository repository = Repository::init(open_store(context.repository_url, true), "postgresql",
                                           LsnNotation::hex_pair, Codec{CodecKind::zstd, 1});

  Server() { fs::create_directories(log() / "archive_status"); }

  [[nodiscard]] fs::path log() const { return directory / "pg_wal"; }

  void put(const std::string& name, ByteView bytes) const {
    AtomicFile file(log() / name);
    file.write(bytes);
    file.commit_replacing();
  }
  void put_ready(const std::string& name, ByteView bytes) const {
    put(name, bytes);
    put("archive_status/" + name + ".ready", {});
  }
  // Returns the name.
  std::string put_segment(const PostgresqlWal& wal, std::size_t index) const {
    const std::string name = wal.name(index).text();
    put_ready(name, wal.segments().at(index));
    return name;
  }
  ArchiveReport archive(const std::string& name, std::size_t ahead = 0) {
    ArchiveRequest request;
    request.source = log() / name;
    request.ahead = ahead;
    return archive_file(context, request, repository, postgresql::engine());
  }
  [[nodiscard]] Bytes stored(TimelineId timeline, SegmentNumber number) const {
    const auto source = repository.open_segment(*repository.segment(timeline, number));
    return read_all(*source, PostgresqlWal::kSegmentSize, "segment");
  }
};

PostgresqlWal three_segments() {
  PostgresqlWal wal;
  wal.commit(5, 1000000);
  wal.fill_segment();
  wal.commit(6, 2000000);
  wal.fill_segment();
  wal.commit(7, 3000000);
  wal.fill_segment();
  return wal;
}

TEST_CASE("a segment is stored byte for byte, with what it tells") {
  Server server;
  const PostgresqlWal wal = three_segments();
  const ArchiveReport report = server.archive(server.put_segment(wal, 0));
  REQUIRE(report.segments.size() == 1);
  CHECK(report.commits == 1);
  CHECK(server.stored({1}, {3}) == wal.segments().at(0));
  CHECK(server.repository.segment({1}, {3})->commits.first->xid == Xid{5});
}

TEST_CASE("the same segment again is a success and changes nothing, another of its name a conflict") {
  Server server;
  const PostgresqlWal wal = three_segments();
  const std::string name = server.put_segment(wal, 0);
  server.archive(name);
  CHECK(server.archive(name).segments.empty());
  PostgresqlWal other;
  other.commit(99, 1);
  other.fill_segment();
  server.put(name, other.segments().at(0));
  CHECK(caught([&] { server.archive(name); }).code() == Errc::conflict);
  CHECK(server.stored({1}, {3}) == wal.segments().at(0));
}

TEST_CASE("a truncated, misnamed, damaged or empty segment is refused before anything is stored") {
  Server server;
  const PostgresqlWal wal = three_segments();
  const Bytes good = wal.segments().at(0);
  const std::string name = wal.name(0).text();
  const auto refused = [&](const std::string& as, ByteView bytes) {
    server.put(as, bytes);
    return caught([&] { server.archive(as); }).code() == Errc::corrupt;
  };
  Bytes damaged = good;
  damaged[500000] ^= std::byte{1};
  CHECK(refused(name, ByteView(good).first(good.size() / 2)));
  CHECK(refused(wal.name(1).text(), good));
  CHECK(refused(name, damaged));
  CHECK(refused(name, Bytes(good.size())));
  CHECK(refused(name, {}));
  CHECK(refused("something", good));
  CHECK_FALSE(server.repository.segment({1}, {3}).has_value());
  CHECK_FALSE(server.repository.timeline({1}).has_value());
}

TEST_CASE("a record that crosses is completed with the segment before") {
  Server server;
  const PostgresqlWal wal = three_segments();
  std::uint64_t commits = 0;
  for (std::size_t i = 0; i < 3; ++i) commits += *server.archive(server.put_segment(wal, i)).commits;
  CHECK(commits == 3);
  CHECK(server.warnings.empty());
}

TEST_CASE("a segment that does not go on from the one before is a conflict") {
  Server server;
  const PostgresqlWal wal = three_segments();
  server.archive(server.put_segment(wal, 0));
  PostgresqlWal other(0xD110, {1}, 4);
  other.fill_segment();
  CHECK(caught([&] { server.archive(server.put_segment(other, 0)); }).code() == Errc::log_conflict);
}

TEST_CASE("what waits is archived ahead of time, as many as allowed and in order") {
  Server server;
  const PostgresqlWal wal = three_segments();
  for (std::size_t i = 0; i < 3; ++i) server.put_segment(wal, i);
  CHECK(server.archive(wal.name(0).text(), 1).segments.size() == 2);
  CHECK(server.repository.segment({1}, {4}).has_value());
  CHECK_FALSE(server.repository.segment({1}, {5}).has_value());
  CHECK(server.archive(wal.name(1).text(), 16).segments.empty());
  CHECK(fs::exists(server.log() / "archive_status" / (wal.name(2).text() + ".ready")));
}

TEST_CASE("what is wrong with a file that waits does not fail the one that was asked for") {
  Server server;
  const PostgresqlWal wal = three_segments();
  server.put_segment(wal, 0);
  server.put_ready(wal.name(1).text(), as_bytes("nonsense"));
  server.put_segment(wal, 2);
  CHECK(server.archive(wal.name(0).text(), 16).segments.size() == 1);
  CHECK(server.warnings.size() == 1);
  CHECK_FALSE(server.repository.segment({1}, {5}).has_value());
}

TEST_CASE("a history file is kept, and the same name with other bytes is a conflict") {
  Server server;
  server.put("00000002.history", as_bytes("1\t0/400100\tno recovery target specified\n"));
  CHECK(server.archive("00000002.history").files.size() == 1);
  CHECK(server.archive("00000002.history").files.empty());
  server.put("00000002.history", as_bytes("1\t0/400108\tno recovery target specified\n"));
  CHECK(caught([&] { server.archive("00000002.history"); }).code() == Errc::conflict);
  CHECK(as_text(*server.repository.read_file("00000002.history")).starts_with("1\t0/400100"));
}

TEST_CASE("a partial segment is never taken for the full one") {
  Server server;
  const PostgresqlWal wal = three_segments();
  const std::string name = wal.name(0).text();
  server.put(name + ".partial", wal.segments().at(0));
  CHECK(server.archive(name + ".partial").files == std::vector<std::string>{name + ".partial"});
  CHECK_FALSE(server.repository.segment({1}, {3}).has_value());
}

TEST_CASE("a timeline gets its parents from its history, those without a segment too") {
  Server server;
  const PostgresqlWal wal = three_segments();
  server.archive(server.put_segment(wal, 0));
  PostgresqlWal promoted(0xD110, {3}, 5);
  promoted.fill_segment();
  server.put("00000003.history", as_bytes("1\t0/500100\ta\n2\t0/500200\tb\n"));
  server.archive(server.put_segment(promoted, 0));
  const auto two = server.repository.timeline({2});
  const auto three = server.repository.timeline({3});
  REQUIRE(two.has_value());
  REQUIRE(three.has_value());
  CHECK(two->parent == TimelineId{1});
  CHECK(two->fork_lsn == Lsn{0x500100});
  CHECK(two->first_number == SegmentNumber{5});
  CHECK(three->parent == TimelineId{2});
  CHECK(three->fork_lsn == Lsn{0x500200});
  CHECK(server.repository.read_file("00000003.history").has_value());
}

TEST_CASE("a timeline of unknown descent waits for its history") {
  Server server;
  const PostgresqlWal wal = three_segments();
  server.archive(server.put_segment(wal, 0));
  PostgresqlWal promoted(0xD110, {2}, 5);
  promoted.fill_segment();
  const std::string name = server.put_segment(promoted, 0);
  CHECK(caught([&] { server.archive(name); }).code() == Errc::unavailable);
  server.put("00000002.history", as_bytes("1\t0/500100\ta\n"));
  CHECK(server.archive(name).segments.size() == 1);
}

// Two servers that parted inside of segment 4, in which each has a commit after the fork; the records before
// it are the same.
struct Parted {
  PostgresqlWal one;
  PostgresqlWal two{0xD110, {2}, 4};
  Lsn common;
  Lsn fork;

  Parted() : one(0xD110, {1}, 4) {
    for (PostgresqlWal* wal : {&one, &two}) {
      wal->commit(5, 1000000);
      wal->restore_point("common", 1000001);
      common = wal->end();
      wal->commit(6, 1000002);
      fork = wal->end();
    }
    one.commit(7, 2000000);
    one.fill_segment();
    two.commit(8, 2000000);
    two.restore_point("theirs", 2000001);
    two.fill_segment();
  }
};

std::vector<std::pair<std::uint32_t, std::uint64_t>> listed(const Server& server) {
  std::vector<std::pair<std::uint32_t, std::uint64_t>> found;
  for (const auto& listed : list_transactions(server.context, {}).transactions)
    found.emplace_back(listed.timeline.value, listed.commit.point.xid->value);
  return found;
}

using Listed = std::vector<std::pair<std::uint32_t, std::uint64_t>>;

TEST_CASE("the transactions of the segment in which a timeline forked off are listed once") {
  Server server;
  const Parted parted;
  server.archive(server.put_segment(parted.one, 0));
  server.put("00000002.history", as_bytes(fmt::format("1\t0/{:X}\ta\n", parted.fork.value)));
  server.archive(server.put_segment(parted.two, 0));
  CHECK(listed(server) == Listed{{1, 5}, {1, 6}, {1, 7}, {2, 8}});
  const auto points = take_inventory(server.context).catalogue.restore_points;
  REQUIRE(points.size() == 2);
  CHECK(points.at(0).name == "common");
  CHECK(points.at(0).timeline == TimelineId{1});
  CHECK(points.at(1).name == "theirs");
}

TEST_CASE("what only the copy before a fork holds is listed as the copy's") {
  Server server;
  const Parted parted;
  PostgresqlWal before(0xD110, {1}, 2);
  before.fill_segment();
  server.archive(server.put_segment(before, 0));
  server.put("00000002.history", as_bytes(fmt::format("1\t0/{:X}\ta\n", parted.fork.value)));
  server.archive(server.put_segment(parted.two, 0));
  CHECK(listed(server) == Listed{{2, 5}, {2, 6}, {2, 8}});
}

TEST_CASE("a restore point of the log cannot be deleted, a stored one of its name can") {
  Server server;
  const Parted parted;
  server.archive(server.put_segment(parted.one, 0));
  CHECK(caught([&] { delete_restore_point(server.context, "common"); }).code() == Errc::usage);
  const std::string exact = fmt::format("common@0/{:X}", parted.common.value);
  CHECK(caught([&] { delete_restore_point(server.context, exact); }).code() == Errc::usage);
  CHECK(caught([&] { delete_restore_point(server.context, "common@0/1"); }).code() == Errc::not_found);
  RestorePoint point;
  point.repository = server.repository.document().id;
  point.name = "common";
  point.timeline = {1};
  point.point.lsn = parted.fork;
  server.repository.create_restore_point(point);
  CHECK(take_inventory(server.context).catalogue.restore_points.size() == 2);
  CHECK(delete_restore_point(server.context, "common").restore_point.point.lsn == parted.fork);
  CHECK(take_inventory(server.context).catalogue.restore_points.size() == 1);
}

TEST_CASE("archiving may begin on any timeline") {
  Server server;
  PostgresqlWal wal(0xD110, {4}, 9);
  wal.fill_segment();
  server.archive(server.put_segment(wal, 0));
  const auto timeline = server.repository.timeline({4});
  REQUIRE(timeline.has_value());
  CHECK_FALSE(timeline->parent.has_value());
  CHECK(timeline->first_number == SegmentNumber{9});
  CHECK(server.warnings.size() == 1);
}

}  // namespace
}  // namespace pitr
