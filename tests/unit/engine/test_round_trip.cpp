#include "engine_test.hpp"
#include "support/seed.hpp"

namespace pitr::sqlite {
namespace {

using test::SqliteArchive;
using test::SqliteDatabase;
using Verdict = LogSince::Verdict;

TEST_CASE("a database of any page size is archived and restored at every commit") {
  for (const std::uint32_t page_size : {512U, 1024U, 4096U, 65536U}) {
    CAPTURE(page_size);
    SqliteDatabase database(page_size);
    SqliteArchive archive(database.path, database.state());
    archive.run();
    std::vector<Bytes> images;
    for (int i = 0; i < 6; ++i) {
      database.commit(std::uint64_t{page_size} * 3);
      if (i == 3) database.app.run("DELETE FROM t WHERE id < 3; VACUUM");
      images.push_back(test::settled_image(database.path));
      if (i % 2 == 1) archive.run();
    }
    CHECK(archive.restored() == images.back());
    CHECK(archive.restored(archive.segments().front().manifest.end_lsn).size() > 0);
    test::BytesSource source(archive.segments()[1].raw);
    const auto facts = engine().scan(archive.segments()[1].manifest, source, nullptr);
    REQUIRE(facts.commits.size() == 2);
    CHECK(archive.restored(facts.commits[0].point.lsn) == images[0]);
    CHECK(archive.restored(facts.commits[1].point.lsn) == images[1]);
  }
}

TEST_CASE("a replay gives what SQLite recovers from the snapshot and the whole log") {
  SqliteDatabase database(1024);
  SqliteArchive archive(database.path, database.state());
  archive.run();
  for (int i = 0; i < 4; ++i) {
    database.commit(20'000);
    database.app.run("UPDATE t SET v = randomblob(3000) WHERE id % 2 = 0");
    archive.run();
  }
  const auto start = archive.segments().front().manifest.end_lsn;
  const fs::path copy = database.directory / "recovered.db";
  test::write_file(copy, archive.restored(start));
  test::BytesSink log;
  WalWriter writer(log, 1024);
  for (const auto& segment : archive.segments()) {
    test::BytesSource source(segment.raw);
    StoredWal frames(source, 1024, "x");
    while (const auto frame = frames.next())
      writer.frame(frame->page, frame->commit_pages, frame->image(1024));
  }
  test::write_file(copy.string() + "-wal", log.bytes);
  CHECK(archive.restored() == test::settled_image(copy));
}

TEST_CASE("a transaction larger than a segment is archived whole and restored") {
  SqliteDatabase database(65536);
  SqliteArchive archive(database.path, database.state());
  archive.run();
  database.commit();
  database.app.run(
      "PRAGMA cache_size=20; BEGIN; INSERT INTO t(v) VALUES(randomblob(68000000));"
      "UPDATE t SET v = zeroblob(10) WHERE id = 1; COMMIT");
  database.commit();
  archive.run();
  REQUIRE(archive.segments().size() == 4);
  CHECK(archive.segments()[2].manifest.commits.count == 1);
  CHECK(archive.segments()[2].raw.size() > 68'000'000);
  CHECK(archive.restored() == test::settled_image(database.path));
}

TEST_CASE("an empty database is archived and restored") {
  const test::TempDir directory;
  fs::create_directory(directory / "state");
  test::SqliteApp app(directory / "new.db");
  app.run("PRAGMA journal_mode=WAL");
  SqliteArchive archive(directory / "new.db", directory / "state");
  archive.run();
  CHECK(archive.restored() == test::settled_image(directory / "new.db"));
  app.run("CREATE TABLE t(x)");
  CHECK(archive.run().verdict <= Verdict::bridged);
  CHECK(archive.restored() == test::settled_image(directory / "new.db"));
}

// An application that does anything at all to its database, and is killed at times.
class Workload {
 public:
  explicit Workload(test::Random& random)
      : random_(random),
        page_size_(std::array{512U, 1024U, 4096U, 65536U}[test::between(random, 0, 3)]),
        database_(page_size_) {}

  [[nodiscard]] SqliteDatabase& database() { return database_; }

  void step() {
    auto& app = database_.app;
    switch (test::between(random_, 0, 11)) {
      case 0:
        return app.run("DELETE FROM t WHERE id % 3 = " + std::to_string(test::between(random_, 0, 2))),
               void();
      case 1:
        return app.run("UPDATE t SET v = randomblob(" + std::to_string(test::between(random_, 1, 9000)) +
                       ") WHERE id % 2 = 0"),
               void();
      case 2:
        return app.run("VACUUM"), void();
      case 3:
        return database_.checkpoint("PASSIVE");
      case 4:
        return database_.checkpoint("TRUNCATE");
      case 5:
        return app.close();
      case 6:
        return app.run("BEGIN; INSERT INTO t(v) VALUES(randomblob(100000)); ROLLBACK"), void();
      case 7:
        return app.run("PRAGMA journal_size_limit=" + std::to_string(test::coin(random_) ? 0 : -1)), void();
      default:
        return database_.commit(test::between(random_, 1, 30'000));
    }
  }

 private:
  test::Random& random_;
  std::uint32_t page_size_;
  SqliteDatabase database_;
};

TEST_CASE("whatever an application does between looks, what is archived is the database") {
  test::Random random(test::test_seed());
  Workload workload(random);
  SqliteDatabase& database = workload.database();
  SqliteArchive archive(database.path, database.state());
  for (int look = 0; look < 40; ++look) {
    const auto run = archive.run();
    CAPTURE(look);
    CAPTURE(run.reason);
    CHECK(run.verdict <= Verdict::bridged);
    const fs::path restored = database.directory / "restored.db";
    test::write_file(restored, archive.restored());
    CHECK(test::integrity(restored) == "ok\n");
    remove_file(restored.string() + "-wal");
    CHECK(read_whole_file(restored) == test::settled_image(database.path));
    for (auto steps = test::between(random, 0, 6); steps > 0; --steps) workload.step();
  }
}

}  // namespace
}  // namespace pitr::sqlite
