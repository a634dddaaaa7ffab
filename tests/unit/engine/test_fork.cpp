#include "engine/sqlite/fork.hpp"
#include "engine_test.hpp"

namespace pitr::sqlite {
namespace {

using test::SqliteArchive;
using test::SqliteDatabase;
using Verdict = LogSince::Verdict;

// A database that is archived after every two commits, and copies of its log after each. Files can be put
// back to any of them, as a file system snapshot or a power cut does it.
struct Branching {
  SqliteDatabase database;
  SqliteArchive archive{database.path, database.state()};
  test::SqliteApp next{database.path};
  std::vector<Lsn> ends;  // of the segments

  Branching() {
    database.commit();
    save(0);
    database.commit();
    archive.run();
    for (int i = 1; i <= 6; ++i) {
      database.commit(5000);
      save(i);
      if (i % 2 != 0) continue;
      archive.run();
      ends.push_back(archive.head().end_lsn);
    }
  }

  [[nodiscard]] fs::path saved(int i) const { return database.directory / ("saved" + std::to_string(i)); }
  void save(int i) const { test::copy_database(database.path, saved(i)); }
  // Back to the state after commit i.
  void go_back(int i) {
    database.app.kill();
    remove_file(database.shm());
    fs::rename(saved(i).string() + "-wal", database.wal());
  }
  void go_on(int commits) {
    next.run("PRAGMA wal_autocheckpoint=0");
    for (int i = 0; i < commits; ++i) next.run("INSERT INTO t(v) VALUES(randomblob(9000))");
  }

  // The archived chain up to the fork, and after it what the run found.
  [[nodiscard]] Bytes restored(const SqliteArchive::Run& run) const {
    const auto chain = archive.chain(run.fork->end_lsn);
    for (const auto& draft : run.drafts) chain->add(draft);
    return test::replayed(*chain);
  }
};

TEST_CASE("a database that went back to the middle of a segment forks off after its last common commit") {
  Branching line;
  line.go_back(3);
  line.go_on(4);
  const auto run = line.archive.run();
  REQUIRE(run.verdict == Verdict::reverted);
  REQUIRE(run.fork);
  CHECK(run.fork->end_lsn > line.ends[0]);
  CHECK(run.fork->end_lsn < line.ends[1]);
  CHECK(segment_data(*run.fork).position.xid == Xid{3});
  CHECK(run.commits == 4);
  CHECK(line.restored(run) == test::settled_image(line.database.path));
}

TEST_CASE("a database that went back to the exact end of a segment forks off there") {
  Branching line;
  line.go_back(4);
  line.go_on(3);
  const auto run = line.archive.run();
  REQUIRE(run.fork);
  CHECK(run.fork->end_lsn == line.ends[1]);
  CHECK(segment_data(*run.fork).position.xid == Xid{4});
  CHECK(line.restored(run) == test::settled_image(line.database.path));
}

TEST_CASE("a database that went back and was not written since forks off with nothing after it") {
  Branching line;
  line.go_back(2);
  const auto run = line.archive.run();
  REQUIRE(run.verdict == Verdict::reverted);
  REQUIRE(run.fork);
  CHECK(run.fork->end_lsn == line.ends[0]);
  CHECK(run.drafts.empty());
  CHECK(line.restored(run) == test::settled_image(line.database.path));
}

TEST_CASE("a database that went back to within the first segment shares its start") {
  Branching line;
  line.go_back(1);
  line.go_on(1);
  const auto run = line.archive.run();
  REQUIRE(run.fork);
  CHECK(segment_data(*run.fork).position.xid == Xid{1});
  CHECK(line.restored(run) == test::settled_image(line.database.path));
}

TEST_CASE("a database that went back to before its snapshot shares nothing with the chain") {
  Branching line;
  line.go_back(0);
  line.go_on(2);
  const auto run = line.archive.run();
  CHECK(run.verdict == Verdict::reverted);
  CHECK_FALSE(run.fork);
}

TEST_CASE("what came after a fork goes on with ids and positions from there") {
  Branching line;
  line.go_back(3);
  line.go_on(2);
  const auto run = line.archive.run();
  REQUIRE(run.drafts.size() == 1);
  const SegmentManifest& first = run.drafts.front().manifest;
  CHECK(first.start_lsn == run.fork->end_lsn);
  CHECK(first.link_in == run.fork->link_out);
  CHECK(first.xid->min == Xid{4});
  CHECK(first.xid->max == Xid{5});
}

TEST_CASE("a mark in the chain does not hide what came before it") {
  Branching line;
  const auto chain = line.archive.chain(line.archive.head().end_lsn);
  chain->add(test::write_out(*line.archive.capture()->mark(line.archive.head())));
  line.go_back(3);
  line.go_on(2);
  const test::Live live(line.database.path);
  const auto header = live.wal.header();
  REQUIRE(header);
  const auto fork = find_fork(
      *chain,
      read_commits(live.wal, {header->salts, header->big_endian, 0, header->checksum}, live.index.max_frame));
  REQUIRE(fork);
  CHECK(fork->xid == Xid{3});
}

}  // namespace
}  // namespace pitr::sqlite
