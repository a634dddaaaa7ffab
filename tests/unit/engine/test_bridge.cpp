#include "engine/sqlite/bridge.hpp"
#include "engine_test.hpp"

namespace pitr::sqlite {
namespace {

using test::SqliteArchive;
using test::SqliteDatabase;
using Verdict = LogSince::Verdict;

struct Archived {
  SqliteDatabase database;
  SqliteArchive archive{database.path, database.state()};

  Archived() {
    database.commits(3);
    database.commit(400'000);
    archive.run();
  }
  // Commits and a reset that no log proves.
  void lose_the_log() {
    database.commit();
    database.checkpoint("TRUNCATE");
    database.app.close();
  }
  [[nodiscard]] fs::path hashes() const {
    for (const auto& entry : fs::directory_iterator(database.state())) {
      if (entry.path().extension() == ".pages") return entry.path();
    }
    FAIL("there are no page hashes");
    return {};
  }
};

TEST_CASE("a bridge holds the pages that changed and leads to the exact state") {
  Archived now;
  now.lose_the_log();
  now.database.app.run("UPDATE t SET v = 'changed' WHERE id = 2");
  const auto run = now.archive.run();
  CHECK(run.verdict == Verdict::bridged);
  const SegmentManifest& bridge = now.archive.head();
  CHECK(bridge.content == SegmentContent::bridge);
  CHECK(bridge.end_lsn.value - bridge.start_lsn.value < 6);
  CHECK(bridge.commits.count == 1);
  CHECK(bridge.commits.last->lsn == bridge.end_lsn);
  CHECK(now.archive.restored() == test::settled_image(now.database.path));
}

TEST_CASE("a bridge says how many commits it hides where SQLite counted them, and nothing where not") {
  Archived now;
  now.database.commit();
  now.database.reset_log();
  now.database.commits(20);
  now.database.reset_log();
  const auto counted = now.archive.run();
  CHECK(counted.verdict == Verdict::bridged);
  CHECK(counted.hidden_commits == 23);
  CHECK(now.archive.head().hidden_commits == 23);
  now.lose_the_log();
  const auto unknown = now.archive.run();
  CHECK(unknown.verdict == Verdict::bridged);
  CHECK_FALSE(unknown.hidden_commits);
}

TEST_CASE("a bridge counts as one commit, whatever it hides") {
  Archived now;
  now.lose_the_log();
  now.archive.run();
  CHECK(now.archive.head().xid->min == Xid{1});
  CHECK(segment_data(now.archive.head()).position.xid == Xid{1});
  now.database.commit();
  now.archive.run();
  CHECK(now.archive.head().xid->min == Xid{2});
}

TEST_CASE("the log goes on from a bridge commit by commit") {
  Archived now;
  now.lose_the_log();
  now.database.commit();
  REQUIRE(now.archive.run().verdict == Verdict::bridged);
  now.database.commits(4);
  const auto run = now.archive.run();
  CHECK(run.verdict == Verdict::continued);
  CHECK(run.commits == 4);
  CHECK(now.archive.restored() == test::settled_image(now.database.path));
}

TEST_CASE("a database that only shrank is bridged to its new size") {
  Archived now;
  now.database.app.run("DELETE FROM t WHERE id = 4");
  now.archive.run();
  now.database.app.run("VACUUM");
  now.lose_the_log();
  const auto run = now.archive.run();
  CHECK(run.verdict == Verdict::bridged);
  const Bytes image = test::settled_image(now.database.path);
  CHECK(image.size() < 100'000);
  CHECK(now.archive.restored() == image);
}

TEST_CASE("a database rebuilt by VACUUM after its log was reset is bridged") {
  Archived now;
  now.database.app.run("DELETE FROM t WHERE id < 3; VACUUM; PRAGMA wal_checkpoint(TRUNCATE)");
  now.lose_the_log();
  CHECK(now.archive.run().verdict == Verdict::bridged);
  CHECK(now.archive.restored() == test::settled_image(now.database.path));
}

TEST_CASE("a log that was reset while nothing changed needs no bridge") {
  Archived now;
  now.database.app.close();
  const auto run = now.archive.run();
  CHECK(run.verdict == Verdict::unchanged);
  CHECK(now.archive.segments().size() == 1);
}

TEST_CASE("without notes the archived state is read back from the chain, and the bridge is the same") {
  Archived now;
  now.database.commits(5);
  now.archive.run();
  now.lose_the_log();
  SUBCASE("notes missing") { fs::remove(now.hashes()); }
  SUBCASE("notes cut off") { fs::resize_file(now.hashes(), 4100); }
  SUBCASE("notes of another state") { test::write_file(now.hashes(), as_bytes("{\"link\":\"x\"}\n")); }
  SUBCASE("notes at hand") {}
  CHECK(now.archive.run().verdict == Verdict::bridged);
  CHECK(now.archive.head().end_lsn.value - now.archive.head().start_lsn.value < 6);
  CHECK(now.archive.restored() == test::settled_image(now.database.path));
}

TEST_CASE("hashes kept up to date segment by segment equal those made from the whole chain") {
  Archived now;
  for (int round = 0; round < 3; ++round) {
    now.database.commits(4);
    now.database.app.run("DELETE FROM t WHERE id % 3 = 0");
    now.archive.run();
    now.lose_the_log();
    now.archive.run();
  }
  now.database.app.run("VACUUM");
  now.archive.run();

  const SegmentManifest& head = now.archive.head();
  const auto kept = PageHashes::open(now.hashes(), head.link_out, 4096);
  REQUIRE(kept);
  PageHashes made = PageHashes::create(now.database.state() / "made", 4096);
  const HashedChain chain = hash_chain(*now.archive.chain(head.end_lsn), test::test_secret(), 4096, made);
  made.finish(head.link_out, chain.pages);
  CHECK(chain.commits == segment_data(head).position.xid.value);
  REQUIRE(kept->page_count() == made.page_count());
  std::vector<std::uint64_t> a(made.page_count());
  std::vector<std::uint64_t> b(made.page_count());
  kept->read(1, a);
  made.read(1, b);
  CHECK(a == b);
}

TEST_CASE("a comparison marks the changed pages and no others") {
  SqliteDatabase database;
  database.commit(400'000);
  PageHashes hashes = PageHashes::create(database.state() / "pages", 4096);
  const HashSecret secret = test::test_secret();
  {
    const Bytes image = test::settled_image(database.path);
    const auto pages = static_cast<std::uint32_t>(image.size() / 4096);
    for (std::uint32_t i = 0; i < pages; ++i) {
      const std::uint64_t hash = keyed_hash64_of(ByteView(image).subspan(i * 4096, 4096), secret);
      hashes.set(i + 1, std::span(&hash, 1));
    }
    const std::uint64_t other = 1;
    hashes.set(7, std::span(&other, 1));
    hashes.finish("state", pages - 1);
  }
  const test::Live live(database.path);
  const ImageComparison found = compare(PinnedImage(live.database, live.wal, live.index), hashes, secret);
  REQUIRE(found.changed.size() == live.index.pages);
  CHECK(found.changed_count == 2);
  CHECK(found.same_count == live.index.pages - 2);
  CHECK(found.changed[6]);
  CHECK(found.changed.back());
  CHECK(found.resized);
  CHECK(found.mostly_same(hashes.page_count()));
  CHECK_FALSE(found.mostly_same(3 * live.index.pages));
  CHECK_FALSE(found.identical());
}

TEST_CASE("a snapshot that is not of one database of whole pages is corrupt") {
  const test::TempDir directory;
  PageHashes hashes = PageHashes::create(directory / "pages", 4096);
  const auto hash = [&](const test::MemoryChain& chain) {
    return test::caught([&] { hash_chain(chain, test::test_secret(), 4096, hashes); }).code();
  };
  CHECK(hash(test::MemoryChain({}, "app.db", Bytes(4097))) == Errc::corrupt);
  CHECK(hash(test::MemoryChain()) == Errc::corrupt);
}

}  // namespace
}  // namespace pitr::sqlite
