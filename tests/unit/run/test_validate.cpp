#include "repo/names.hpp"
#include "repo/repository.hpp"
#include "repo/snapshot_writer.hpp"
#include "run_test.hpp"
#include "store/store.hpp"

namespace pitr {
namespace {

using test::finds;
using test::objects;
using test::World;

struct Archived : World {
  Archived() {
    archive();
    for (int i = 0; i < 3; ++i) {
      database.commits(2);
      archive();
    }
  }
  [[nodiscard]] fs::path segment(std::size_t i) const { return objects(repository() / "segments").at(i); }
};

TEST_CASE("a repository as it was archived is healthy at every level") {
  Archived world;
  for (const auto level : {ValidateLevel::chain, ValidateLevel::checksums, ValidateLevel::records}) {
    const ValidateReport report = world.validate(level);
    CHECK(report.healthy());
    CHECK(report.notes.empty());
    CHECK(report.windows == 1);
    CHECK(report.snapshots == 1);
    CHECK(report.segments == 5);
    CHECK((report.bytes_read > 0) == (level != ValidateLevel::chain));
  }
}

TEST_CASE("a missing segment is a gap, seen from the names alone") {
  Archived world;
  fs::remove(world.segment(3));
  CHECK(finds(world.validate(ValidateLevel::chain), Errc::wal_gap, "gap on timeline 1"));
}

TEST_CASE("a snapshot whose log does not come to its consistent point is told of once, by its name") {
  Archived world;
  const Repository repository = Repository::open(open_store(world.repository().string(), false));
  SnapshotManifest snapshot = repository.load_catalogue().snapshots.at(0);
  snapshot.consistent_lsn = snapshot.point.lsn = Lsn{1'000'000};
  SnapshotWriter(repository, "20990101T000000Z-abcdef", nullptr, 1).commit(snapshot);
  const ValidateReport report = world.validate(ValidateLevel::chain);
  REQUIRE(report.findings.size() == 1);
  CHECK(report.findings[0].code == Errc::wal_gap);
  CHECK(report.findings[0].object == snapshot_key("20990101T000000Z-abcdef"));
  CHECK(report.findings[0].message.find("nothing is archived beyond LSN") != std::string::npos);
}

TEST_CASE("a missing snapshot, pack or timeline is named") {
  for (const char* folder : {"snapshots", "packs", "timelines"}) {
    Archived world;
    CAPTURE(folder);
    const fs::path object = objects(world.repository() / folder).at(0);
    fs::remove(object);
    const ValidateReport report = world.validate(ValidateLevel::chain);
    CHECK(finds(report, Errc::corrupt, object.filename().string()));
  }
}

TEST_CASE("a flipped byte in any object is found, and the object is named") {
  Archived world;
  for (const fs::path& path : objects(world.repository())) {
    const Bytes good = read_whole_file(path);
    const std::string name = path.filename().string();
    CAPTURE(name);
    for (const std::size_t at : {std::size_t{9}, good.size() / 2, good.size() - 2}) {
      CAPTURE(at);
      Bytes bad = good;
      bad[at] ^= std::byte{4};
      fs::remove(path);
      write_all(open_file(path, O_WRONLY | O_CREAT).get(), bad, path);
      if (name == "pitr.json") {
        CHECK(test::caught([&] { static_cast<void>(world.validate()); }).code() == Errc::corrupt);
      } else {
        CHECK(finds(world.validate(ValidateLevel::checksums), Errc::corrupt, name));
      }
    }
    fs::remove(path);
    write_all(open_file(path, O_WRONLY | O_CREAT).get(), good, path);
  }
  CHECK(world.validate().healthy());
}

TEST_CASE("packs of a snapshot that was not finished are no damage") {
  Archived world;
  const fs::path pack = objects(world.repository() / "packs").at(0);
  const fs::path left = pack.parent_path() / "20200101T000000Z-abcdef-00000000.pack";
  fs::copy_file(pack, left);
  const ValidateReport report = world.validate();
  CHECK(report.healthy());
  CHECK(report.notes.size() == 1);
}

TEST_CASE("a live database is compared with what is archived of it, and neither changes") {
  Archived world;
  const auto before = objects(world.repository());
  const auto compare = [&](const fs::path& source) {
    return validate(world.context, {ValidateLevel::chain, source});
  };
  CHECK(compare(world.database.path).source->commits_not_archived == 0);
  world.database.commits(3);
  CHECK(compare(world.database.path).source->commits_not_archived == 3);
  CHECK(compare(world.database.path).healthy());
  CHECK(objects(world.repository()) == before);
  CHECK(world.archive().commits == 3);
}

TEST_CASE("newest segments that are missing show where a restore point lies beyond them") {
  Archived world;
  create_restore_point(world.context, {"p", "", world.request()});
  CHECK(world.validate(ValidateLevel::chain).healthy());
  fs::remove(world.segment(4));
  fs::remove(world.segment(3));
  const ValidateReport report = world.validate(ValidateLevel::chain);
  CHECK(finds(report, Errc::wal_gap, "before restore point p"));
  CHECK(report.findings.at(0).object == "segments/00000001/0000000000000004.seg");
}

TEST_CASE("a newest segment that is missing shows in the comparison with the live database") {
  Archived world;
  fs::remove(world.segment(4));
  CHECK(world.validate().healthy());
  const ValidateReport report = validate(world.context, {ValidateLevel::chain, world.database.path});
  CHECK(report.source->commits_not_archived == 2);
}

TEST_CASE("another database is not the one that was archived") {
  Archived world;
  fs::create_directory(world.database.directory / "copy");
  const fs::path copy = world.database.directory / "copy" / "app.db";
  test::copy_database(world.database.path, copy);
  const ValidateReport report = validate(world.context, {ValidateLevel::chain, copy});
  CHECK(finds(report, Errc::log_conflict, "is not the database archived here"));
}

}  // namespace
}  // namespace pitr
