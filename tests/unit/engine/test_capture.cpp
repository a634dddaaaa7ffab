#include "engine/sqlite/capture.hpp"
#include "engine_test.hpp"

namespace pitr::sqlite {
namespace {

using test::SqliteArchive;
using test::SqliteDatabase;
using Verdict = LogSince::Verdict;

TEST_CASE("a chain begins with a segment that names the state it starts from") {
  SqliteDatabase database;
  database.commits(3);
  SqliteArchive archive(database.path, database.state());
  archive.run();
  REQUIRE(archive.segments().size() == 1);
  const SegmentManifest& start = archive.head();
  CHECK(start.content == SegmentContent::start);
  CHECK(start.start_lsn == start.end_lsn);
  CHECK(start.captured_to == segment_data(start).look.from);
  CHECK(segment_data(start).file == "app.db");
  CHECK(archive.restored() == test::settled_image(database.path));
}

TEST_CASE("two chains that begin at one state are told apart") {
  SqliteDatabase database;
  SqliteArchive a(database.path, database.state());
  SqliteArchive b(database.path, database.state());
  a.run();
  b.run();
  CHECK(a.head().link_out != b.head().link_out);
}

TEST_CASE("after a hole ids go on from the segment before it") {
  SqliteDatabase database;
  SqliteArchive archive(database.path, database.state());
  archive.run();
  database.commits(3);
  archive.run();
  const auto draft = archive.capture()->start({500}, &archive.head());
  CHECK(draft->manifest().start_lsn == Lsn{500});
  CHECK(segment_data(draft->manifest()).position.xid == Xid{3});
}

TEST_CASE("a mark repeats the state of the head") {
  SqliteDatabase database;
  SqliteArchive archive(database.path, database.state());
  archive.run();
  database.commits(2);
  archive.run();
  const auto mark = archive.capture()->mark(archive.head());
  CHECK(mark->manifest().content == SegmentContent::mark);
  CHECK(mark->manifest().link_in == archive.head().link_out);
  CHECK(mark->manifest().link_out == archive.head().link_out);
  CHECK(mark->manifest().start_lsn == archive.head().end_lsn);
  CHECK(segment_data(mark->manifest()).position.place.frame ==
        segment_data(archive.head()).position.place.frame);
  CHECK(test::write_out(*mark).raw == test::log_of(4096, {}));
}

TEST_CASE("a draft writes the same bytes each time, also when the application goes on") {
  SqliteDatabase database;
  SqliteArchive archive(database.path, database.state());
  archive.run();
  database.commits(5);
  const auto capture = archive.capture();
  auto since = capture->log_since(archive.head(), [] { return nullptr; });
  REQUIRE(since.drafts.size() == 1);
  const Bytes first = test::write_out(*since.drafts[0]).raw;
  database.commits(3);
  CHECK(database.app.try_run("PRAGMA wal_checkpoint(PASSIVE)") == SQLITE_OK);
  database.commits(3);
  CHECK(test::write_out(*since.drafts[0]).raw == first);
}

TEST_CASE("a bridge's draft stays the same while the application goes on") {
  SqliteDatabase database;
  database.commit(300'000);
  SqliteArchive archive(database.path, database.state());
  archive.run();
  database.commit();
  database.checkpoint("TRUNCATE");
  database.app.close();
  database.commits(3);
  const auto capture = archive.capture();
  auto since = capture->log_since(archive.head(), [] { return nullptr; });
  REQUIRE(since.verdict == Verdict::bridged);
  const Bytes first = test::write_out(*since.drafts.at(0)).raw;
  for (int i = 0; i < 3; ++i) {
    database.app.run("UPDATE t SET v = randomblob(length(v))");
    CHECK(database.app.try_run("PRAGMA wal_checkpoint(PASSIVE)") == SQLITE_OK);
  }
  CHECK(test::write_out(*since.drafts[0]).raw == first);
}

TEST_CASE("a database at another place is foreign, unless it is said to be the same") {
  SqliteDatabase database;
  database.commits(3);
  SqliteArchive archive(database.path, database.state());
  archive.run();
  fs::create_directory(database.directory / "elsewhere");
  const fs::path copy = database.directory / "elsewhere" / "app.db";
  test::copy_database(database.path, copy);
  const auto verdict = [&](SourceClaim claim) {
    const auto capture = engine().capture({copy, database.state(), test::test_secret(), claim});
    return capture->log_since(archive.head(), [&] { return archive.chain(archive.head().end_lsn); }).verdict;
  };
  CHECK(verdict(SourceClaim::none) == Verdict::foreign);
  CHECK(verdict(SourceClaim::same_database) == Verdict::unchanged);
}

TEST_CASE("another file in the database's place is foreign, unless it is said to be the same") {
  SqliteDatabase database;
  database.commits(3);
  SqliteArchive archive(database.path, database.state());
  archive.run();
  database.app.close();
  test::copy_database(database.path, database.directory / "other.db");
  {
    test::SqliteApp app(database.directory / "other.db");
    app.run("INSERT INTO t(v) VALUES(1)");
  }
  fs::rename(database.directory / "other.db", database.path);
  CHECK(archive.run().verdict == Verdict::foreign);
  CHECK(archive.run(SourceClaim::same_database).verdict == Verdict::bridged);
  CHECK(archive.restored() == test::settled_image(database.path));
}

TEST_CASE("other content written over the same file is foreign") {
  SqliteDatabase database;
  database.commit(200'000);
  SqliteArchive archive(database.path, database.state());
  archive.run();
  database.app.run(
      "DROP TABLE t; CREATE TABLE quite_another(x); INSERT INTO quite_another VALUES(randomblob(900000))");
  database.app.close();
  CHECK(archive.run().verdict == Verdict::foreign);
}

TEST_CASE("a database with another page size cannot go on with the chain") {
  SqliteDatabase database(4096);
  SqliteArchive archive(database.path, database.state());
  archive.run();
  database.app.run("PRAGMA journal_mode=DELETE; PRAGMA page_size=1024; VACUUM; PRAGMA journal_mode=WAL");
  const auto run = archive.run();
  CHECK(run.verdict == Verdict::broken);
  CHECK(test::contains(run.reason, "4096"));
  CHECK(test::contains(run.reason, "1024"));
}

TEST_CASE("a lost log is a broken chain where the archived state cannot be read back") {
  SqliteDatabase database;
  database.commits(3);
  SqliteArchive archive(database.path, database.state());
  archive.run();
  database.commit();
  database.checkpoint("TRUNCATE");
  database.app.close();
  fs::remove_all(database.state());
  fs::create_directory(database.state());
  const auto since = archive.capture()->log_since(archive.head(), [] { return nullptr; });
  CHECK(since.verdict == Verdict::broken);
}

TEST_CASE("a file untouched since a look at an empty log proves what came after, once its clock allows") {
  SqliteDatabase database;
  database.commits(3);
  database.app.close();
  // The file system's clock decides when a look is proof; this waits for it to tick.
  while (!is_proof(file_state(database.path), now())) {
  }
  SqliteArchive archive(database.path, database.state());
  archive.run();
  database.commits(4);
  const auto run = archive.run();
  CHECK(run.verdict == Verdict::continued);
  CHECK(run.commits == 4);
  CHECK(archive.restored() == test::settled_image(database.path));
}

TEST_CASE("the next look begins where the last one was, also when that found nothing") {
  SqliteDatabase database;
  SqliteArchive archive(database.path, database.state());
  archive.run();
  const Timestamp first = segment_data(archive.head()).look.from;
  archive.run();
  database.commit();
  archive.run();
  const auto after = segment_data(archive.head()).look.after;
  REQUIRE(after);
  CHECK(*after > first);
  CHECK(archive.head().time->min == *after);
}

TEST_CASE("commits that a killed run saw and did not store were made before its look") {
  SqliteDatabase database;
  database.commit(100'000);
  SqliteArchive archive(database.path, database.state());
  archive.run();
  const Timestamp first = segment_data(archive.head()).look.from;
  database.commits(3);
  database.reset_log();
  archive.run_killed_after(1);
  const Timestamp killed = segment_data(archive.head()).look.from;
  archive.run();
  REQUIRE(killed > first);
  CHECK(archive.head().time->min == first);
}

TEST_CASE("the state at the end of a chain is one that the log of a restored database goes on from") {
  SqliteDatabase database;
  database.commit(50'000);
  SqliteArchive archive(database.path, database.state());
  archive.run();
  database.commits(2);
  archive.run();
  const auto chain = archive.chain(archive.head().end_lsn);
  fs::create_directory(database.directory / "restored");
  const fs::path restored = database.directory / "restored" / "app.db";
  test::write_file(restored, archive.restored());
  test::SqliteApp app(restored);
  app.run("INSERT INTO t(v) VALUES('after')");
  const auto capture = engine().capture({restored, database.state(), test::test_secret(), SourceClaim::none});
  SegmentManifest state = capture->state_at_end(*chain);
  CHECK(state.end_lsn == archive.head().end_lsn);
  CHECK(state.link_out == archive.head().link_out);
  CHECK(segment_data(state).position.xid == Xid{2});
  CHECK(segment_data(state).position.page_count == segment_data(archive.head()).position.page_count);
  const auto since = capture->log_since(state, [] { return nullptr; });
  CHECK(since.verdict == Verdict::bridged);
  chain->add(test::write_out(*since.drafts.at(0)));
  CHECK(test::replayed(*chain) == test::settled_image(restored));
}

TEST_CASE("a database with a name that pitrctl uses itself is refused") {
  SqliteDatabase database;
  database.app.close();
  const fs::path path = database.directory / ".pitrctl.json";
  fs::rename(database.path, path);
  CHECK(
      test::caught([&] {
        static_cast<void>(engine().capture({path, database.state(), test::test_secret(), SourceClaim::none}));
      }).code() == Errc::usage);
}

}  // namespace
}  // namespace pitr::sqlite
