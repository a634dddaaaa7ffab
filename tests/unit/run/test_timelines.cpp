#include "run_test.hpp"

namespace pitr {
namespace {

using test::on_timeline;
using test::to;
using test::to_lsn;
using test::World;
using Kind = TargetText::Kind;

TEST_CASE("a restored database starts a timeline with the right parent, and both histories stay restorable") {
  World world;
  world.archive();
  world.database.commits(2);
  const Point fork = *world.archive().head;
  const Bytes at_fork = world.image();
  world.database.commits(2);
  world.archive();
  const Bytes old_end = world.image();

  const fs::path path = world.restore(to_lsn(fork.lsn));
  test::SqliteApp app(path);
  app.run("INSERT INTO t(v) VALUES('another future')");
  const ArchiveReport report = world.archive(path);
  CHECK(report.new_timeline);
  CHECK(report.timeline == TimelineId{2});
  CHECK_FALSE(report.snapshot);

  const Inventory inventory = take_inventory(world.context);
  const TimelineDocument& document = *inventory.catalogue.timeline({2})->document;
  CHECK(document.parent == TimelineId{1});
  CHECK(document.fork_lsn == fork.lsn);
  CHECK(document.restore_id == world.result.restore_id);
  CHECK(world.restored(on_timeline(to(Kind::latest), 2)) == test::settled_image(path));
  CHECK(world.restored(on_timeline(to(Kind::latest), 1)) == old_end);
  CHECK(world.restored(on_timeline(to_lsn(fork.lsn), 1)) == at_fork);
  CHECK(world.validate().healthy());
}

TEST_CASE("a restored database goes on with its timeline in later runs") {
  World world;
  world.archive();
  world.database.commits(2);
  world.archive();
  const fs::path path = world.restore(to(Kind::latest));
  test::SqliteApp app(path);
  app.run("INSERT INTO t(v) VALUES(1)");
  world.archive(path);
  app.run("INSERT INTO t(v) VALUES(2)");
  const ArchiveReport report = world.archive(path);
  CHECK(report.timeline == TimelineId{2});
  CHECK_FALSE(report.new_timeline);
  CHECK(report.commits == 1);
  CHECK(world.restored() == test::settled_image(path));
}

TEST_CASE("a restored database that nobody wrote to has a timeline that begins at the fork") {
  World world;
  world.archive();
  world.database.commits(2);
  const Point head = *world.archive().head;
  const fs::path path = world.restore(to(Kind::latest));
  const ArchiveReport report = world.archive(path);
  CHECK(report.timeline == TimelineId{2});
  REQUIRE(report.segments.size() == 1);
  CHECK(report.segments[0].content == SegmentContent::mark);
  CHECK(report.segments[0].start_lsn == head.lsn);
  CHECK(world.restored() == world.image());
}

TEST_CASE("a database restored to inside a segment forks off there") {
  World world;
  world.archive();
  world.database.commit();
  const Bytes first = world.image();
  world.database.commits(3);
  world.archive();
  const fs::path path = world.restore(to(Kind::xid, "1"));
  CHECK(read_whole_file(path) == first);
  test::SqliteApp app(path);
  app.run("INSERT INTO t(v) VALUES('after the first')");
  world.archive(path);
  CHECK(world.restored() == test::settled_image(path));
  CHECK(world.restored(on_timeline(to(Kind::latest), 1)) == world.image());
}

TEST_CASE("a restore of a restore has its whole line of ancestors") {
  World world;
  world.archive();
  fs::path path = world.database.path;
  for (std::uint32_t timeline = 2; timeline <= 4; ++timeline) {
    path = world.restore(to(Kind::latest));
    test::SqliteApp app(path);
    app.run("INSERT INTO t(v) VALUES(" + std::to_string(timeline) + ")");
    CHECK(world.archive(path).timeline == TimelineId{timeline});
  }
  CHECK(world.restored() == test::settled_image(path));
  CHECK(take_inventory(world.context).catalogue.snapshots.size() == 1);
}

TEST_CASE("a database that went back forks off, and both histories stay restorable") {
  World world;
  test::SqliteApp next(world.database.path);
  world.archive();
  world.database.commits(2);
  const fs::path old = world.database.directory / "old.db";
  test::copy_database(world.database.path, old);
  world.database.commits(3);
  world.archive();
  const Bytes old_end = world.image();
  world.database.app.kill();
  remove_file(world.database.shm());
  fs::rename(old.string() + "-wal", world.database.wal());
  next.run("INSERT INTO t(v) VALUES('went back')");

  const ArchiveReport report = world.archive();
  CHECK(report.timeline == TimelineId{2});
  CHECK(report.new_timeline);
  CHECK_FALSE(report.reason.empty());
  CHECK(report.head->xid == Xid{3});
  CHECK(world.restored(on_timeline(to(Kind::latest), 2)) == world.image());
  CHECK(world.restored(on_timeline(to(Kind::latest), 1)) == old_end);
  next.run("INSERT INTO t(v) VALUES('and on')");
  CHECK(world.archive().commits == 1);
  CHECK(world.validate().healthy());
}

TEST_CASE("a database that went back to before everything archived begins a timeline of its own") {
  World world;
  test::SqliteApp next(world.database.path);
  const fs::path old = world.database.directory / "old.db";
  test::copy_database(world.database.path, old);
  world.database.commits(3);
  world.archive();
  world.database.app.kill();
  remove_file(world.database.shm());
  fs::rename(old.string() + "-wal", world.database.wal());
  next.run("INSERT INTO t(v) VALUES('went back')");
  const ArchiveReport report = world.archive();
  CHECK(report.timeline == TimelineId{2});
  CHECK(report.snapshot);
  CHECK(world.restored() == world.image());
}

TEST_CASE("a restored database that archives into a repository without its timeline is not found") {
  World world;
  world.archive();
  const fs::path path = world.restore(to(Kind::latest));
  for (const char* folder : {"timelines", "segments", "snapshots", "packs"})
    fs::remove_all(world.repository() / folder);
  CHECK(test::caught([&] { world.archive(path); }).code() == Errc::not_found);
}

}  // namespace
}  // namespace pitr
