#include "run_test.hpp"

namespace pitr {
namespace {

using test::to;
using test::World;
using Kind = TargetText::Kind;

// Three archived commits after the snapshot; images by xid, 0 is the snapshot.
struct Three : World {
  std::vector<Bytes> images;
  std::vector<Point> heads;
  Three() {
    for (int i = 0; i <= 3; ++i) {
      if (i > 0) database.commit(5000);
      heads.push_back(*archive().head);
      images.push_back(image());
    }
  }
};

TEST_CASE("a restore reaches every kind of target exactly") {
  Three world;
  CHECK(world.restored(to(Kind::latest)) == world.images[3]);
  CHECK(world.restored(to(Kind::immediate)) == world.images[0]);
  CHECK(world.restored(to(Kind::xid, "2")) == world.images[2]);
  CHECK(world.restored(test::to_lsn(world.heads[1].lsn)) == world.images[1]);
  CHECK(world.restored(to(Kind::time, format_time(*world.heads[2].time))) == world.images[2]);
}

TEST_CASE("an exclusive restore ends before its target") {
  Three world;
  RestoreRequest request = to(Kind::xid, "2");
  request.exclusive = true;
  CHECK(world.restored(request) == world.images[1]);
}

TEST_CASE("a position inside a transaction keeps what was committed before it") {
  Three world;
  REQUIRE(world.heads[3].lsn.value > world.heads[2].lsn.value + 1);
  CHECK(world.restored(test::to_lsn({world.heads[3].lsn.value - 1})) == world.images[2]);
}

TEST_CASE("a restored database is whole, alone in its directory but for the mark, and opens") {
  Three world;
  const fs::path path = world.restore(to(Kind::latest));
  CHECK(test::objects(path.parent_path()) ==
        std::vector<fs::path>{path.parent_path() / ".pitrctl.json", path});
  CHECK_FALSE(fs::exists(path.parent_path() / ".pitrctl-restore"));
  CHECK(test::integrity(path) == "ok\n");
}

TEST_CASE("a restore tells what it did") {
  Three world;
  world.restore(to(Kind::xid, "2"));
  CHECK(world.result.reached.xid == Xid{2});
  CHECK(world.result.replay.size == world.images[2].size());
  CHECK(world.result.replay.transactions == 2);
  CHECK(world.plan.space_needed == world.images[2].size());
  CHECK(world.plan.space_free > world.plan.space_needed);
  CHECK(world.plan.plan.first_dropped->xid == Xid{3});
}

TEST_CASE("a target that was not archived is refused with the nearest points, and nothing is written") {
  Three world;
  const Refusal beyond = world.refused(test::to_lsn({world.heads[3].lsn.value + 100}));
  CHECK(beyond.code == Errc::target_unreachable);
  REQUIRE(beyond.before);
  CHECK(beyond.before->point.lsn == world.heads[3].lsn);
  CHECK(world.refused(to(Kind::restore_point, "no such name")).code == Errc::not_found);
  CHECK(world.refused(to(Kind::xid, "4")).code != Errc::internal);
  CHECK(world.refused(to(Kind::time, "2001-01-01T00:00:00Z")).code == Errc::target_unreachable);
}

TEST_CASE("a target inside a bridge is refused, both its ends are reachable") {
  Three world;
  world.lose_the_log();
  world.database.app.run("UPDATE t SET v = randomblob(9000)");
  const Point end = *world.archive().head;
  REQUIRE(end.lsn.value > world.heads[3].lsn.value + 1);
  const Bytes image = world.image();
  const Refusal inside = world.refused(test::to_lsn({world.heads[3].lsn.value + 1}));
  CHECK(inside.code == Errc::target_unreachable);
  REQUIRE((inside.before && inside.after));
  CHECK(inside.before->point.lsn == world.heads[3].lsn);
  CHECK(inside.after->point.lsn == end.lsn);
  CHECK(world.restored(test::to_lsn(world.heads[3].lsn)) == world.images[3]);
  CHECK(world.restored(test::to_lsn(end.lsn)) == image);
}

TEST_CASE("planning writes nothing") {
  Three world;
  RestoreRequest request = to(Kind::latest);
  request.target_directory = world.database.directory / "planned";
  Restore restore(world.context, request);
  CHECK(std::holds_alternative<RestorePlan>(restore.plan()));
  CHECK_FALSE(fs::exists(world.database.directory / "planned"));
}

TEST_CASE("a directory that holds anything is never restored into") {
  Three world;
  const fs::path path = world.restore(to(Kind::latest));
  const Bytes before = read_whole_file(path);
  RestoreRequest again = to(Kind::xid, "1");
  again.target_directory = path.parent_path();
  Restore restore(world.context, again);
  CHECK(test::caught([&] { static_cast<void>(restore.plan()); }).code() == Errc::conflict);
  CHECK(read_whole_file(path) == before);
}

TEST_CASE("a missing pack is found before anything is written") {
  Three world;
  for (const auto& pack : test::objects(world.repository() / "packs")) fs::remove(pack);
  RestoreRequest request = to(Kind::latest);
  request.target_directory = world.database.directory / "out";
  Restore restore(world.context, request);
  CHECK(test::caught([&] { static_cast<void>(restore.plan()); }).code() == Errc::corrupt);
  CHECK_FALSE(fs::exists(world.database.directory / "out"));
}

TEST_CASE("a damaged payload ends a restore without a database, and a later one may use the directory") {
  Three world;
  const fs::path segment = test::objects(world.repository() / "segments").back();
  const Bytes good = read_whole_file(segment);
  Bytes bad = good;
  bad[bad.size() - 5] ^= std::byte{1};
  fs::remove(segment);
  write_all(open_file(segment, O_WRONLY | O_CREAT).get(), bad, segment);
  RestoreRequest request = to(Kind::latest);
  request.target_directory = world.database.directory / "out";
  {
    Restore restore(world.context, request);
    REQUIRE(std::holds_alternative<RestorePlan>(restore.plan()));
    CHECK(test::caught([&] { restore.execute(); }).code() == Errc::corrupt);
    CHECK_FALSE(fs::exists(request.target_directory / "app.db"));
  }
  fs::remove(segment);
  write_all(open_file(segment, O_WRONLY | O_CREAT).get(), good, segment);
  Restore restore(world.context, request);
  REQUIRE(std::holds_alternative<RestorePlan>(restore.plan()));
  restore.execute();
  CHECK(read_whole_file(request.target_directory / "app.db") == world.images[3]);
}

TEST_CASE("options that speak of a server are refused where there is none") {
  Three world;
  RestoreRequest request = to(Kind::latest);
  request.target_directory = world.database.directory / "out";
  for (bool RecoveryOptions::*flag :
       {&RecoveryOptions::replays, &RecoveryOptions::delta, &RecoveryOptions::keeps_archiving}) {
    request.recovery = {};
    request.recovery.*flag = true;
    Restore restore(world.context, request);
    CHECK(test::caught([&] { static_cast<void>(restore.plan()); }).code() == Errc::usage);
  }
}

}  // namespace
}  // namespace pitr
