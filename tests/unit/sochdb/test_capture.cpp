#include "archive.hpp"
#include "engine/sochdb/capture.hpp"
#include "support/caught.hpp"

#include <algorithm>
#include <string>

#include <doctest/doctest.h>
#include <unistd.h>

namespace pitr::sochdb {
namespace {

using pitr::test::caught;
using pitr::test::contains;
using test::Archive;
using test::Database;
using test::fixture;
using test::framed;
using test::record_text;
using Verdict = LogSince::Verdict;

constexpr std::uint64_t kXid = (std::uint64_t{77} << 32U) + 1;
constexpr std::uint64_t kTime = 1'795'000'000'000'000;

// A transaction that puts a key, with times from `time` on.
std::string transaction(std::uint64_t id, std::uint64_t time, const std::string& key = "k") {
  return framed(record_text(RecordType::begin, kXid + id, time)) +
         framed(record_text(RecordType::data, kXid + id, time + 1, key, "value")) +
         framed(record_text(RecordType::commit, kXid + id, time + 2));
}

std::string transactions(std::uint64_t first, std::uint64_t count, std::uint64_t time = kTime) {
  std::string log;
  for (std::uint64_t i = first; i < first + count; ++i) log += transaction(i, time + 10 * i);
  return log;
}

TEST_CASE("copies of a live log, one after the other, are archived as one history") {
  const Json expected = parse_json(fixture("live-1/expected.json"), "expected");
  const Database database;
  Archive archive(database);
  std::vector<Verdict> verdicts;
  for (const Json& copy : expected["snapshots"]) {
    database.write_log(fixture("live-1/" + copy["file"].get<std::string>()));
    verdicts.push_back(archive.run());
    CHECK(archive.since().damage.empty());
  }
  CHECK(std::count(verdicts.begin(), verdicts.end(), Verdict::unchanged) == 1);  // the last two are the same
  CHECK(std::count(verdicts.begin(), verdicts.end(), Verdict::continued) == 8);
  CHECK(std::count(verdicts.begin(), verdicts.end(), Verdict::bridged) == 2);
  CHECK(archive.head().end_lsn == Lsn{expected["chained"]["records"].get<std::uint64_t>()});
  CHECK(test::state_of(archive.restored_log()) ==
        expected["chained"]["recovered_state_sha256"].get<std::string>());

  std::uint64_t lsn = 0;
  for (const Json& generation : expected["generations_an_archiver_can_hold"]) {
    for (const Json& commit : generation["commits"]) {
      const Lsn at{lsn + commit["lsn"].get<std::uint64_t>()};
      const auto alone = archive.restore(*archive.chain(at), at, true);
      CHECK(alone.log.size() == commit["end_offset"].get<std::size_t>());
      CHECK(test::state_of(alone.log) == commit["state_sha256"].get<std::string>());
    }
    lsn += generation["records"].get<std::uint64_t>();
  }
}

TEST_CASE("a truncation is remarked on, and its generation goes on with the LSN") {
  const Database database;
  Archive archive(database);
  database.write_log(transactions(0, 3));
  archive.run();
  CHECK(archive.head().end_lsn == Lsn{9});
  database.write_log(transactions(7, 1));
  CHECK(archive.run() == Verdict::bridged);
  CHECK(archive.head().start_lsn == Lsn{9});
  CHECK(archive.head().end_lsn == Lsn{12});
  const SegmentData data = segment_data(archive.head());
  CHECK(data.truncated);
  CHECK(data.generation == Generation{2, {9}, {0}});
  REQUIRE(archive.since().remarks.size() == 1);
  CHECK(contains(archive.since().remarks[0], "truncated after LSN 9"));
  CHECK(engine().remarks(archive.head()) == archive.since().remarks);
  CHECK(archive.restored_log() == transactions(0, 3) + transactions(7, 1));
  database.write_log(transactions(7, 2));
  CHECK(archive.run() == Verdict::continued);
  CHECK(engine().remarks(archive.head()).empty());
}

TEST_CASE("a log that was truncated to nothing changes nothing") {
  const Database database;
  Archive archive(database);
  database.write_log(fixture("compact-1/s00.wal"));
  archive.run();
  database.write_log(fixture("compact-1/s01.wal"));
  CHECK(archive.run() == Verdict::unchanged);
  REQUIRE(archive.since().remarks.size() == 1);
  CHECK(contains(archive.since().remarks[0], "truncated after LSN 46"));
  CHECK(archive.restored_log() == fixture("compact-1/s00.wal"));
}

TEST_CASE("a log truncated and grown past its old size, frame by frame alike, is a generation") {
  const Database database;
  Archive archive(database);
  database.write_log(transactions(0, 5));
  archive.run();
  database.write_log(transactions(10, 9));
  CHECK(archive.run() == Verdict::bridged);
  CHECK(segment_data(archive.head()).truncated);
  CHECK(archive.restored_log() == transactions(0, 5) + transactions(10, 9));
}

TEST_CASE("a first transaction that a thread's clock makes look like the archived one is no fork") {
  const Database database;
  Archive archive(database);
  const std::string alike = transaction(0, 17);  // microseconds after 1970
  database.write_log(alike + transactions(1, 2));
  archive.run();
  database.write_log(alike + transactions(1, 1, kTime + 1'000'000));
  CHECK(archive.run() == Verdict::bridged);
  CHECK(segment_data(archive.head()).truncated);
}

TEST_CASE("an older copy that was put back is a fork where both part") {
  const Database database;
  Archive archive(database);
  database.write_log(transactions(0, 5));
  archive.run();
  SUBCASE("and nothing more") {
    database.write_log(transactions(0, 2));
    CHECK(archive.run() == Verdict::reverted);
    CHECK(archive.since().drafts.empty());
    CHECK(archive.since().fork->end_lsn == Lsn{6});
  }
  SUBCASE("and written on") {
    database.write_log(transactions(0, 2) + transactions(8, 9));
    CHECK(archive.run() == Verdict::reverted);
    REQUIRE(archive.since().fork.has_value());
    CHECK(archive.since().fork->end_lsn == Lsn{6});
    REQUIRE(archive.since().drafts.size() == 1);
    const auto& draft = archive.since().drafts[0]->manifest();
    CHECK(draft.start_lsn == Lsn{6});
    CHECK(draft.end_lsn == Lsn{33});
    CHECK(draft.link_in == archive.since().fork->link_out);
    CHECK(segment_data(*archive.since().fork).latest == Timestamp{kTime + 12});
  }
  SUBCASE("of an earlier generation") {
    database.write_log(transactions(20, 1));
    archive.run();
    CHECK(segment_data(archive.head()).generation.number == 2);
    database.write_log(transactions(0, 5) + transactions(30, 1));
    CHECK(archive.run() == Verdict::reverted);
    CHECK(archive.since().fork->end_lsn == Lsn{15});
    CHECK(segment_data(*archive.since().fork).generation.number == 1);
  }
}

TEST_CASE("a log whose earlier records changed is a fork, though its end is longer") {
  const Database database;
  Archive archive(database);
  database.write_log(transactions(0, 4));
  archive.run();
  database.write_log(transactions(0, 2) + transaction(2, kTime + 20, "x") + transactions(3, 3));
  CHECK(archive.run() == Verdict::reverted);
  CHECK(archive.since().fork->end_lsn == Lsn{7});  // the begin is the same
}

TEST_CASE("what is another database's log is not archived") {
  const Database database;
  database.write("wal.manifest", R"({"format_version":1,"db_uuid":"one","last_checkpoint_lsn":0})");
  Archive archive(database);
  database.write_log(transactions(0, 3));
  archive.run();
  SUBCASE("older than what is archived") {
    database.write_log(transactions(5, 2, kTime - 1'000'000));
    CHECK(archive.run() == Verdict::foreign);
    CHECK(contains(archive.since().reason, "older"));
    CHECK(archive.run(SourceClaim::same_database) == Verdict::bridged);
  }
  SUBCASE("with another wal.manifest") {
    database.write("wal.manifest", R"({"format_version":1,"db_uuid":"two","last_checkpoint_lsn":0})");
    CHECK(archive.run() == Verdict::foreign);
  }
  SUBCASE("encrypted") {
    database.write("keyring.json", fixture("enc-1/keyring.json"));
    database.write_log(fixture("enc-1/wal.log"));
    CHECK(archive.run() == Verdict::foreign);
  }
}

TEST_CASE("a torn end is left for the next look, and damage is told with what is stranded behind it") {
  const Database database;
  Archive archive(database);
  const std::string whole = transactions(0, 4);
  database.write_log(whole.substr(0, whole.size() - 5));
  CHECK(archive.run() == Verdict::continued);
  CHECK(archive.head().end_lsn == Lsn{11});
  CHECK(archive.head().captured_to.has_value());
  CHECK(archive.since().damage.empty());
  REQUIRE(archive.since().remarks.size() == 1);
  CHECK(contains(archive.since().remarks[0], "SochDB writes behind them"));
  database.write(".lock", std::to_string(::getpid()) + "\n");
  archive.run();
  REQUIRE(archive.since().remarks.size() == 1);
  CHECK(contains(archive.since().remarks[0], "being written"));
  SUBCASE("whole now") {
    database.write_log(whole);
    archive.run();
    CHECK(archive.head().end_lsn == Lsn{12});
    CHECK(archive.since().remarks.empty());
  }
  SUBCASE("written on behind it") {
    database.write_log(whole.substr(0, whole.size() - 5) + transactions(9, 2));
    CHECK(archive.run() == Verdict::unchanged);
    CHECK(contains(archive.since().damage, "6 whole records"));
  }
}

TEST_CASE("of a damaged log all before the damage is archived, and it is not complete to any time") {
  const Database database;
  Archive archive(database);
  database.write_log(fixture("flip-value/wal.log"));
  CHECK(archive.run() == Verdict::continued);
  CHECK(archive.head().end_lsn == Lsn{22});
  CHECK(!archive.head().captured_to);
  CHECK(contains(archive.since().damage, "damaged at offset"));
}

TEST_CASE("an encrypted log is archived without its key, and read with it") {
  const Database database;
  database.write_log(fixture("enc-1/wal.log"));
  database.write("keyring.json", fixture("enc-1/keyring.json"));
  SUBCASE("without") {
    Archive archive(database);
    archive.run();
    CHECK(archive.head().end_lsn == Lsn{60});
    CHECK(!archive.head().commits.count);
    CHECK(!archive.since().commits);
    CHECK(archive.scan(archive.segments().back()).sealed == 60);
    const auto restored = archive.restore(*archive.chain({60}), {60});
    CHECK(restored.log == fixture("enc-1/wal.log"));
    CHECK(restored.keyring == fixture("enc-1/keyring.json"));
  }
  SUBCASE("with") {
    Archive archive(database, SourceKey{test::kOperatorKey, "--source-key-file k"});
    archive.run();
    CHECK(archive.head().end_lsn == Lsn{60});
    CHECK(archive.head().commits.count == archive.since().commits);
    CHECK(archive.scan(archive.segments().back()).sealed == 0);
  }
  SUBCASE("with another") {
    Archive archive(database, SourceKey{"AAAA" + test::kOperatorKey.substr(4), "--source-key-file k"});
    CHECK(caught([&] { archive.run(); }).code() == Errc::usage);
    CHECK(archive.segments().size() == 1);
  }
}

TEST_CASE("what cannot be a database is refused by what it is") {
  const Database database;
  Archive archive(database);
  CHECK(caught([&] { archive.run(); }).code() == Errc::not_found);
  database.write_log("");
  database.write("wal.manifest", "");
  CHECK(contains(caught([&] { archive.run(); }).hint(), "restore"));
  fs::remove(database.path() / "wal.manifest");
  database.write("keyring.json", "{}");
  CHECK(caught([&] { archive.run(); }).code() == Errc::corrupt);
  CHECK(caught([&] {
          static_cast<void>(engine().capture({database.path() / "wal.log", {}}));
        }).code() == Errc::usage);
}

TEST_CASE("a database that may truncate its log is remarked on") {
  const Database database;
  database.write_log("");
  const auto remarks = [&] { return engine().capture({database.path(), {}})->remarks(); };
  REQUIRE(remarks().size() == 1);
  CHECK(contains(remarks()[0], "wal.manifest"));
  database.write("wal.manifest", R"({"format_version":1,"db_uuid":"x","last_checkpoint_lsn":0})");
  CHECK(remarks().empty());
}

TEST_CASE("a copy that SochDB's backup made is told from the database") {
  const Database database;
  database.write_log(fixture("backup-1/backup/wal.log"));
  database.write("manifest.json", fixture("backup-1/backup/manifest.json"));
  const auto remarks = engine().capture({database.path(), {}})->remarks();
  REQUIRE(remarks.size() == 1);
  CHECK(contains(remarks[0], "backup made of"));
  database.write("manifest.json", "{}");
  CHECK(!contains(engine().capture({database.path(), {}})->remarks().at(0), "backup"));
}

TEST_CASE("a restored database goes on from where it was restored to") {
  bool generation_only = false;
  SUBCASE("all that its process knew") {}
  SUBCASE("a generation") { generation_only = true; }
  const Database database;
  Archive archive(database);
  database.write_log(transactions(0, 3));
  archive.run();
  database.write_log(transactions(5, 3));
  archive.run();
  const Lsn at{14};
  const auto chain = archive.chain(at);
  const auto restored = archive.restore(*chain, at, generation_only);
  const Database again;
  again.write_log(restored.log + transactions(9, 1));
  const auto live = engine().capture({again.path(), {}});
  const SegmentManifest state = live->state_at_end(*chain);
  CHECK(state.end_lsn == at);
  const Lsn base{generation_only ? 9U : 0U};
  CHECK(segment_data(state).generation == Generation{2, base, base});
  const LogSince since = live->log_since(state, [] { return nullptr; });
  CHECK(since.verdict == Verdict::continued);
  REQUIRE(since.drafts.size() == 1);
  CHECK(since.drafts[0]->manifest().start_lsn == at);
  CHECK(since.drafts[0]->manifest().end_lsn == Lsn{17});
}

}  // namespace
}  // namespace pitr::sochdb
