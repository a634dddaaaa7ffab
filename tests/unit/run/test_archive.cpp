#include "run_test.hpp"

namespace pitr {
namespace {

using test::World;

TEST_CASE("what is said of files that wait is refused where none are handed over") {
  World world;
  ArchiveRequest request = world.request();
  request.ahead = 0;
  CHECK(test::caught([&] { archive(world.context, request); }).code() == Errc::usage);
}

TEST_CASE("the first run takes the base snapshot and makes the database restorable") {
  World world;
  world.database.commits(3);
  const ArchiveReport report = world.archive();
  CHECK(report.timeline == TimelineId{1});
  CHECK(report.new_timeline);
  CHECK(report.snapshot);
  CHECK(report.snapshot_size == world.image().size());
  REQUIRE(report.segments.size() == 2);
  CHECK(report.segments[0].content == SegmentContent::start);
  CHECK(report.segments[1].content == SegmentContent::mark);
  CHECK(world.restored() == world.image());
}

TEST_CASE("a run without anything new stores nothing") {
  World world;
  world.archive();
  const auto before = test::objects(world.repository());
  const ArchiveReport report = world.archive();
  CHECK(report.segments.empty());
  CHECK(report.commits == 0);
  CHECK_FALSE(report.snapshot);
  CHECK(test::objects(world.repository()) == before);
}

TEST_CASE("every commit is archived and can be restored") {
  World world;
  world.archive();
  std::vector<Bytes> images;
  for (int i = 0; i < 4; ++i) {
    world.database.commit();
    images.push_back(world.image());
  }
  const ArchiveReport report = world.archive();
  CHECK(report.commits == 4);
  CHECK(report.head->xid == Xid{4});
  for (std::size_t i = 0; i < images.size(); ++i) {
    CAPTURE(i);
    CHECK(world.restored(test::to(TargetText::Kind::xid, std::to_string(i + 1))) == images[i]);
  }
}

TEST_CASE("a log that was lost is bridged, and the archive goes on") {
  World world;
  world.archive();
  world.lose_the_log();
  const ArchiveReport report = world.archive();
  REQUIRE(report.segments.size() == 1);
  CHECK(report.segments[0].content == SegmentContent::bridge);
  CHECK_FALSE(report.reason.empty());
  CHECK_FALSE(report.gap);
  world.database.commits(2);
  CHECK(world.archive().commits == 2);
  CHECK(world.restored() == world.image());
  CHECK(world.validate().healthy());
}

TEST_CASE("where bridging is forbidden a lost log is an error and nothing is stored") {
  World world;
  world.archive();
  world.lose_the_log();
  const auto before = test::objects(world.repository());
  ArchiveRequest request = world.request();
  request.allow_bridge = false;
  CHECK(test::caught([&] { archive(world.context, request); }).code() == Errc::wal_gap);
  CHECK(test::objects(world.repository()) == before);
  CHECK(world.archive().segments.size() == 1);
}

TEST_CASE("a database with a new page size is a gap and a new snapshot, and both sides are restorable") {
  World world(4096);
  world.archive();
  world.database.commits(2);
  const Point before = *world.archive().head;
  const Bytes old_image = world.image();
  world.database.app.run(
      "PRAGMA journal_mode=DELETE; PRAGMA page_size=1024; VACUUM; PRAGMA journal_mode=WAL");
  ArchiveRequest strict = world.request();
  strict.allow_bridge = false;
  CHECK(test::caught([&] { archive(world.context, strict); }).code() == Errc::wal_gap);

  const ArchiveReport report = world.archive();
  CHECK(report.gap);
  CHECK(report.snapshot);
  CHECK(report.segments.at(0).start_lsn > before.lsn);
  world.database.commits(2);
  world.archive();
  CHECK(world.restored() == world.image());
  CHECK(world.restored(test::to_lsn(before.lsn)) == old_image);
  CHECK(test::finds(world.validate(), Errc::wal_gap, "gap"));
}

TEST_CASE("a snapshot that was asked for shares what did not change") {
  World world;
  world.database.commit(3'000'000);
  world.archive();
  world.database.commit();
  ArchiveRequest request = world.request();
  request.take_snapshot = true;
  const ArchiveReport report = archive(world.context, request);
  REQUIRE(report.snapshot);
  CHECK(report.snapshot_new_bytes < report.snapshot_size / 2);
  CHECK(world.restored(test::to(TargetText::Kind::immediate)) == world.image());
}

TEST_CASE("a snapshot that is gone is replaced, with a warning") {
  World world;
  world.archive();
  for (const auto& path : test::objects(world.repository() / "snapshots")) fs::remove(path);
  const ArchiveReport report = world.archive();
  CHECK(report.snapshot);
  CHECK(world.warnings.size() == 1);
  CHECK(world.restored() == world.image());
}

TEST_CASE("a damaged newest segment stops the archive") {
  World world;
  world.archive();
  world.database.commit();
  world.archive();
  const fs::path newest = test::objects(world.repository() / "segments").back();
  fs::permissions(newest, fs::add_perms | fs::owner_write);
  fs::resize_file(newest, 30);
  world.database.commit();
  CHECK(test::caught([&] { world.archive(); }).code() == Errc::corrupt);
}

TEST_CASE("another database is a conflict, and stays out of the chain") {
  World world;
  world.archive();
  fs::create_directory(world.database.directory / "copy");
  const fs::path copy = world.database.directory / "copy" / "app.db";
  test::copy_database(world.database.path, copy);
  const Error error = test::caught([&] { world.archive(copy); });
  CHECK(error.code() == Errc::log_conflict);
  CHECK(test::contains(error.hint(), "--new-timeline"));

  ArchiveRequest request = World::request_for(copy);
  request.claim = SourceClaim::new_timeline;
  const ArchiveReport report = archive(world.context, request);
  CHECK(report.timeline == TimelineId{2});
  CHECK(world.archive(copy).timeline == TimelineId{2});
  CHECK(world.archive().timeline == TimelineId{1});
}

TEST_CASE("a database that moved goes on with its timeline when it is said to be the same") {
  World world;
  world.archive();
  world.database.commits(2);
  world.archive();
  fs::create_directory(world.database.directory / "moved");
  const fs::path moved = world.database.directory / "moved" / "app.db";
  test::copy_database(world.database.path, moved);
  test::SqliteApp app(moved);
  app.run("INSERT INTO t(v) VALUES('moved')");
  ArchiveRequest request = World::request_for(moved);
  request.claim = SourceClaim::same_database;
  const ArchiveReport report = archive(world.context, request);
  CHECK(report.timeline == TimelineId{1});
  CHECK(world.restored() == test::settled_image(moved));
  app.run("INSERT INTO t(v) VALUES('and on')");
  CHECK(world.archive(moved).commits == 1);
}

TEST_CASE("a source that is no database is refused and leaves the repository as it is") {
  World world;
  const auto before = test::objects(world.repository());
  CHECK(test::caught([&] { world.archive(world.database.directory / "none.db"); }).code() == Errc::not_found);
  CHECK(test::objects(world.repository()) == before);
}

TEST_CASE("a repository is made once, and only for an engine there is") {
  World world;
  CHECK(test::caught([&] { init_repository(world.context, {"sqlite", {}}); }).code() == Errc::conflict);
  Context other{(world.database.directory / "other").string(), 1, world.progress};
  const Error error = test::caught([&] { init_repository(other, {"oracle", {}}); });
  CHECK(error.code() == Errc::usage);
  CHECK(test::contains(error.hint(), "sqlite"));
  CHECK_FALSE(fs::exists(world.database.directory / "other"));
  CHECK(test::caught([&] { archive(other, world.request()); }).code() == Errc::not_found);
}

}  // namespace
}  // namespace pitr
