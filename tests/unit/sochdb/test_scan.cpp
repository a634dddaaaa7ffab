#include "archive.hpp"
#include "engine/sochdb/scan.hpp"
#include "support/caught.hpp"

#include <algorithm>

#include <doctest/doctest.h>

namespace pitr::sochdb {
namespace {

using pitr::test::caught;
using test::Archive;
using test::Case;
using test::Database;

struct Archived {
  explicit Archived(const std::string& name, std::optional<SourceKey> key = {})
      : archive(database, std::move(key)) {
    database.write_log(test::fixture(name + "/wal.log"));
    if (name.starts_with("enc")) database.write("keyring.json", test::fixture(name + "/keyring.json"));
    archive.run();
  }
  Database database;
  Archive archive;
};

TEST_CASE("a scan tells every commit of a log as SochDB does") {
  for (const Case& log_case : test::all_cases()) {
    if (!log_case.expected.contains("commits") || log_case.key || log_case.name == "flip-length") continue;
    CAPTURE(log_case.name);
    const Archived archived(log_case.name);
    if (archived.archive.head().content != SegmentContent::log) continue;
    const SegmentFacts facts = archived.archive.scan(archived.archive.segments().back());
    const Json& commits = log_case.expected["commits"];
    CHECK(facts.records == log_case.expected["last_lsn"].get<std::uint64_t>());
    REQUIRE(facts.commits.size() == commits.size());
    for (std::size_t i = 0; i < commits.size(); ++i) {
      const CommitFact& commit = facts.commits[i];
      CHECK(commit.point.lsn.value == commits[i]["lsn"].get<std::uint64_t>());
      CHECK(commit.point.xid->value == test::number(commits[i]["txn"]));
      CHECK(commit.point.time == clock_time(test::number(commits[i]["ts"])));
      CHECK(static_cast<std::uint64_t>(facts.timed[i].time.us) == test::number(commits[i]["ts"]));
    }
  }
}

TEST_CASE("times that no clock showed are not those of a segment") {
  const Archived archived("clock-1");
  const SegmentManifest& manifest = archived.archive.head();
  REQUIRE(manifest.time.has_value());
  CHECK(manifest.time->min.us > 1'000'000'000'000);
  CHECK(!manifest.commits.first->time);
}

TEST_CASE("whatever bit of a segment's log is changed, a scan sees it, and so where it ends elsewhere") {
  for (const char* name : {"basic-1", "enc-1"}) {
    CAPTURE(name);
    std::optional<SourceKey> key;
    if (std::string(name) == "enc-1") key = SourceKey{test::kOperatorKey, "k"};
    const Archived archived(name, key);
    const pitr::test::StoredSegment good = archived.archive.segments().back();
    REQUIRE_NOTHROW(static_cast<void>(archived.archive.scan(good)));
    std::size_t seen = 0;
    for (std::size_t at = 0; at < good.raw.size(); ++at) {
      auto bad = good;
      bad.raw[at] ^= std::byte{static_cast<unsigned char>(1U << (at % 8))};
      seen += caught([&] { static_cast<void>(archived.archive.scan(bad)); }).code() == Errc::corrupt ? 1 : 0;
    }
    CHECK(seen == good.raw.size());
    for (std::size_t size = 0; size < good.raw.size(); ++size) {
      auto bad = good;
      bad.raw.resize(size);
      CHECK(caught([&] { static_cast<void>(archived.archive.scan(bad)); }).code() == Errc::corrupt);
    }
  }
}

TEST_CASE("without its key an encrypted segment shows its records, and no more") {
  const Archived archived("enc-1");
  const SegmentFacts facts = archived.archive.scan(archived.archive.segments().back());
  CHECK(facts.records == 60);
  CHECK(facts.sealed == 60);
  CHECK(facts.commits.empty());
}

}  // namespace
}  // namespace pitr::sochdb
