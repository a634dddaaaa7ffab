#include "engine/sqlite/continuation.hpp"
#include "engine_test.hpp"

namespace pitr::sqlite {
namespace {

using Proof = Continuation::Proof;
using test::commits_in;
using test::position_of;
using test::prove;
using test::SqliteDatabase;

TEST_CASE("nothing new is proved by the log as it was") {
  SqliteDatabase database;
  database.commits(2);
  const Position since = position_of(database.path);
  const auto found = prove(database.path, since);
  CHECK(found.proof == Proof::complete);
  CHECK(commits_in(found) == 0);
}

TEST_CASE("commits that were appended are proved by the chain") {
  SqliteDatabase database;
  database.commits(2);
  const Position since = position_of(database.path);
  database.commits(7);
  const auto found = prove(database.path, since);
  CHECK(found.proof == Proof::complete);
  CHECK(commits_in(found) == 7);
  CHECK(found.runs.at(0).from.frame == since.place.frame);
}

TEST_CASE("a passive checkpoint changes nothing about the proof") {
  SqliteDatabase database;
  database.commits(2);
  const Position since = position_of(database.path);
  database.commits(3);
  database.checkpoint("PASSIVE");
  CHECK(commits_in(prove(database.path, since)) == 3);
}

TEST_CASE("after one reset the tail of the old generation and the new one are complete together") {
  SqliteDatabase database;
  database.commit(100'000);
  const Position since = position_of(database.path);
  database.commits(3);
  database.reset_log();
  database.commit();
  const auto found = prove(database.path, since);
  CHECK(found.proof == Proof::complete);
  REQUIRE(found.runs.size() == 2);
  CHECK(found.runs[0].commits.size() == 3);
  CHECK(found.runs[1].commits.size() == 2);
  CHECK(found.runs[1].from.frame == 0);
}

TEST_CASE("after a reset at the position itself the new generation is complete") {
  SqliteDatabase database;
  database.commits(3);
  const Position since = position_of(database.path);
  database.reset_log();
  database.commits(20);
  const auto found = prove(database.path, since);
  CHECK(found.proof == Proof::complete);
  CHECK(commits_in(found) == 21);
}

TEST_CASE("a tail that the new generation overwrote proves nothing") {
  SqliteDatabase database;
  database.commits(2);
  const Position since = position_of(database.path);
  database.commits(2);
  database.reset_log();
  database.commits(20);
  CHECK(prove(database.path, since).proof == Proof::none);
}

TEST_CASE("a tail that was cut off with the reset proves nothing") {
  SqliteDatabase database;
  database.app.run("PRAGMA journal_size_limit=0");
  database.commit(100'000);
  const Position since = position_of(database.path);
  database.commits(3);
  database.reset_log();
  CHECK(prove(database.path, since).proof == Proof::none);
}

TEST_CASE("a tail that was overwritten only in part proves nothing") {
  SqliteDatabase database;
  database.commit(20'000);
  const Position since = position_of(database.path);
  database.commits(2);
  database.checkpoint("PASSIVE");
  while (position_of(database.path).place.frame <= since.place.frame ||
         position_of(database.path).place.salts == since.place.salts) {
    database.commit();
  }
  CHECK(prove(database.path, since).proof == Proof::none);
}

TEST_CASE("after two resets with commits in each generation nothing is proved") {
  SqliteDatabase database;
  database.commit(100'000);
  const Position since = position_of(database.path);
  database.commits(2);
  database.reset_log();
  database.reset_log();
  CHECK(prove(database.path, since).proof == Proof::none);
}

TEST_CASE("a truncation at the position is complete by the commit counter") {
  SqliteDatabase database;
  database.commits(2);
  database.reset_log();
  const Position since = position_of(database.path);
  database.checkpoint("TRUNCATE");
  CHECK(prove(database.path, since).proof == Proof::complete);
  database.commits(4);
  const auto found = prove(database.path, since);
  CHECK(found.proof == Proof::complete);
  CHECK(commits_in(found) == 4);
}

TEST_CASE("a truncation after further commits proves nothing") {
  SqliteDatabase database;
  database.reset_log();
  const Position since = position_of(database.path);
  database.commit();
  database.checkpoint("TRUNCATE");
  CHECK(prove(database.path, since).proof == Proof::none);
  database.commits(4);
  CHECK(prove(database.path, since).proof == Proof::none);
}

TEST_CASE("several truncations of an idle database are complete by the commit counter") {
  SqliteDatabase database;
  database.reset_log();
  const Position since = position_of(database.path);
  for (int i = 0; i < 5; ++i) database.checkpoint("TRUNCATE");
  database.commits(3);
  const auto found = prove(database.path, since);
  CHECK(found.proof == Proof::complete);
  CHECK(commits_in(found) == 3);
}

TEST_CASE("a log born anew proves nothing, unless the file is the one of an empty log") {
  SqliteDatabase database;
  database.commits(3);
  database.checkpoint("TRUNCATE");
  const Position since = position_of(database.path);
  database.app.close();
  database.commits(4);
  CHECK(prove(database.path, since).proof == Proof::none);
  const auto found = prove(database.path, since, DatabaseFile::unchanged);
  CHECK(found.proof == Proof::complete);
  CHECK(commits_in(found) == 4);
}

TEST_CASE("an untouched file of an empty log that is still empty is complete") {
  SqliteDatabase database;
  database.app.close();
  const Position since = position_of(database.path);
  CHECK(prove(database.path, since).proof == Proof::none);
  const auto found = prove(database.path, since, DatabaseFile::unchanged);
  CHECK(found.proof == Proof::complete);
  CHECK(commits_in(found) == 0);
}

TEST_CASE("a log that its applications kept when they closed goes on") {
  SqliteDatabase database;
  database.app.persist_wal();
  database.commits(2);
  const Position since = position_of(database.path);
  database.commit();
  database.app.close();
  database.commits(2);
  const auto found = prove(database.path, since);
  CHECK(found.proof == Proof::complete);
  CHECK(commits_in(found) == 1 + 2);
}

TEST_CASE("a log whose index was rebuilt goes on by its chain") {
  SqliteDatabase database;
  test::SqliteApp next(database.path);
  database.commits(5);
  const Position since = position_of(database.path);
  database.commits(2);
  database.app.kill();
  remove_file(database.shm());
  next.run("PRAGMA wal_autocheckpoint=0; INSERT INTO t(v) VALUES(1)");
  const auto found = prove(database.path, since);
  CHECK(found.proof == Proof::complete);
  CHECK(commits_in(found) == 3);
}

TEST_CASE("a reset after the index was rebuilt is not counted and proves nothing") {
  SqliteDatabase database;
  test::SqliteApp next(database.path);
  database.commits(5);
  const Position since = position_of(database.path);
  database.app.kill();
  remove_file(database.shm());
  next.run("PRAGMA wal_checkpoint(PASSIVE); INSERT INTO t(v) VALUES(1)");
  REQUIRE(position_of(database.path).place.salts != since.place.salts);
  CHECK(prove(database.path, since).proof == Proof::none);
}

TEST_CASE("a log that ends before the position, or holds another commit there, went back") {
  SqliteDatabase database;
  test::SqliteApp restored(database.path);
  database.commits(2);
  test::copy_database(database.path, database.directory / "old.db");
  database.commits(2);
  const Position since = position_of(database.path);
  database.app.kill();
  remove_file(database.shm());
  fs::rename(database.directory / "old.db-wal", database.wal());
  CHECK(prove(database.path, since).proof == Proof::reverted);
  while (position_of(database.path).place.frame <= since.place.frame)
    restored.run("INSERT INTO t(v) VALUES(7)");
  CHECK(prove(database.path, since).proof == Proof::reverted);
}

TEST_CASE("a writer that was killed in the middle of a transaction adds no commit") {
  SqliteDatabase database;
  test::SqliteApp writer(database.path);
  test::SqliteApp next(database.path);
  database.commits(2);
  const Position since = position_of(database.path);
  database.commit();
  const auto size_before = fs::file_size(database.wal());
  writer.run(
      "PRAGMA cache_size=5; BEGIN; INSERT INTO t(v) VALUES(randomblob(500000));"
      "INSERT INTO t(v) VALUES(randomblob(500000))");
  REQUIRE(fs::file_size(database.wal()) > size_before);
  CHECK(commits_in(prove(database.path, since)) == 1);
  writer.kill();
  database.app.kill();
  CHECK(commits_in(prove(database.path, since)) == 1);
  next.run("INSERT INTO t(v) VALUES(1)");
  const auto found = prove(database.path, since);
  CHECK(found.proof == Proof::complete);
  CHECK(commits_in(found) == 2);
}

TEST_CASE("a log with big-endian checksums goes on after SQLite recovered it") {
  SqliteDatabase database;
  test::SqliteApp next(database.path);
  database.commits(3);
  database.app.kill();
  remove_file(database.shm());
  Bytes log = read_whole_file(database.wal());
  store_be32(log.data(), kWalMagic | 1U);
  Checksum sum = carry_on({}, ByteView(log).first(24), true);
  store_be32(&log[24], sum.s0);
  store_be32(&log[28], sum.s1);
  for (std::size_t at = kWalHeaderSize; at < log.size(); at += kFrameHeaderSize + 4096) {
    sum = carry_on_frame(sum, &log[at], 4096, true);
    FrameHeader frame = parse_frame_header(&log[at]);
    frame.checksum = sum;
    make_frame_header(&log[at], frame);
  }
  test::write_file(database.wal(), log);
  const Position since = position_of(database.path);
  CHECK(since.place.big_endian);
  CHECK(since.place.checksum == sum);
  next.run("PRAGMA wal_autocheckpoint=0; INSERT INTO t(v) VALUES(1); INSERT INTO t(v) VALUES(2)");
  CHECK(commits_in(prove(database.path, since)) == 2);
}

TEST_CASE("commits are counted while one wal-index was kept, and only then") {
  SqliteDatabase database;
  database.commits(2);
  const Position since = position_of(database.path);
  database.commits(2);
  for (int i = 0; i < 3; ++i) database.reset_log();
  const auto counted = [&] { return counted_commits(test::Live(database.path).index, since); };
  CHECK(counted() == 5);
  database.app.close();
  database.commit();
  CHECK_FALSE(counted());
}

}  // namespace
}  // namespace pitr::sqlite
