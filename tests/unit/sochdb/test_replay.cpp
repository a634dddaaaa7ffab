#include "archive.hpp"
#include "engine/sochdb/replay.hpp"
#include "engine/sochdb/wal_manifest.hpp"
#include "support/caught.hpp"

#include <doctest/doctest.h>

namespace pitr::sochdb {
namespace {

using pitr::test::caught;
using pitr::test::contains;
using pitr::test::MemoryChain;
using pitr::test::StoredSegment;
using test::Archive;
using test::Case;
using test::Database;
using test::fixture;

Lsn half_of(const SegmentManifest& head) { return {head.end_lsn.value / 2}; }

TEST_CASE("a log is restored to every record of it, whichever snapshot it begins with") {
  const Case basic = test::load_case("basic-1");
  const Database database;
  Archive archive(database);
  database.write_log(basic.log.substr(0, basic.log.size() / 2));
  archive.run();
  const Lsn middle = archive.head().end_lsn;
  archive.take_snapshot();
  database.write_log(basic.log);
  archive.run();
  CHECK(archive.head().end_lsn == Lsn{242});
  for (const Json& row : basic.expected["records"]) {
    const Lsn lsn{row[0].get<std::uint64_t>()};
    const std::size_t end = row[1].get<std::size_t>() + row[2].get<std::size_t>();
    CAPTURE(lsn.value);
    const auto restored = archive.restore(*archive.chain_from_start(lsn), lsn);
    CHECK(restored.log == basic.log.substr(0, end));
    CHECK(restored.result.records == lsn.value);
    if (lsn >= middle) CHECK(archive.restored_log(lsn) == restored.log);
  }
  CHECK(archive.restored_log({0}).empty());
}

TEST_CASE("a snapshot after truncations holds every generation, and can give back one alone") {
  const Database database;
  Archive archive(database);
  for (const char* copy : {"s06", "s08", "s10"}) {
    database.write_log(fixture(std::string("live-1/") + copy + ".wal"));
    archive.run();
  }
  const std::string all = archive.restored_log();
  const Lsn end = archive.head().end_lsn;
  archive.take_snapshot();
  const auto chain = archive.chain(end);
  CHECK(chain->segments().empty());
  CHECK(engine().remarks(chain->snapshot()).size() == 2);
  CHECK(archive.restore(*chain, end).log == all);
  CHECK(archive.restore(*chain, end, true).log == fixture("live-1/s10.wal"));
}

TEST_CASE("a restored database has the wal.manifest that keeps SochDB from truncating its log") {
  const Case log_case = test::load_case("pitr-1");
  const Database database;
  Archive archive(database);
  database.write_log(log_case.log);
  database.write("wal.manifest", R"({"format_version":1,"db_uuid":"mine","last_checkpoint_lsn":3})");
  archive.run();
  const auto facts = test::facts_of(log_case);
  REQUIRE(facts.last_checkpoint.has_value());
  const Lsn end = archive.head().end_lsn;
  const WalManifest last = parse_wal_manifest(archive.restore(*archive.chain(end), end).manifest, "m");
  CHECK(last.database == "mine");
  CHECK(last.last_checkpoint == facts.last_checkpoint->lsn.value);
  const Lsn before{facts.last_checkpoint->lsn.value};
  CHECK(parse_wal_manifest(archive.restore(*archive.chain(before), before).manifest, "m").last_checkpoint <
        facts.last_checkpoint->lsn.value);
}

TEST_CASE("an encrypted generation is restored by itself, with its keyring") {
  const Case log_case = test::load_case("enc-1");
  const Database database;
  database.write("keyring.json", fixture("enc-1/keyring.json"));
  Archive archive(database, SourceKey{test::kOperatorKey, "k"});
  database.write_log(log_case.log);
  archive.run();
  const Lsn middle = half_of(archive.head());
  const auto restored = archive.restore(*archive.chain(middle), middle);
  CHECK(restored.log == log_case.log.substr(0, restored.log.size()));
  CHECK(restored.result.records == middle.value);
  CHECK(restored.keyring == fixture("enc-1/keyring.json"));
}

TEST_CASE("archived log that does not hold what it says is not restored") {
  const Database database;
  Archive archive(database);
  database.write_log(fixture("basic-1/wal.log"));
  archive.run();
  StoredSegment damaged = archive.segments().back();
  const auto restore_damaged = [&] {
    MemoryChain chain(*archive.chain({0}));
    chain.add(damaged);
    return archive.restore(chain, archive.head().end_lsn);
  };
  SUBCASE("a byte is another") { damaged.raw[damaged.raw.size() / 2] ^= std::byte{1}; }
  SUBCASE("it ends early") { damaged.raw.resize(damaged.raw.size() - 1); }
  CHECK(caught(restore_damaged).code() == Errc::corrupt);
}

}  // namespace
}  // namespace pitr::sochdb
