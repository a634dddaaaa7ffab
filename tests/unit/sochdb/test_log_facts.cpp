#include "engine/sochdb/sealed_frames.hpp"
#include "fixture.hpp"
#include "support/sochdb_model/log_facts.hpp"

#include <doctest/doctest.h>

namespace pitr::sochdb {
namespace {

using test::Case;
using test::framed;
using test::number;
using test::record_text;

// The rows of expected.json that lie in what we read.
std::vector<Json> rows_read(const Case& log_case, const char* key, const LogFacts& facts) {
  std::vector<Json> rows;
  if (!log_case.expected.contains(key)) return rows;
  for (const Json& row : log_case.expected[key]) {
    if (row["lsn"].get<std::uint64_t>() <= facts.records) rows.push_back(row);
  }
  return rows;
}

bool was_opened(const Case& log_case) { return log_case.expected["reader"]["open"] == "ok"; }

TEST_CASE("commits and aborts are those that SochDB sees") {
  for (const Case& log_case : test::all_cases()) {
    CAPTURE(log_case.name);
    const LogFacts facts = test::facts_of(log_case);
    if (!was_opened(log_case)) continue;
    const auto commits = rows_read(log_case, "commits", facts);
    REQUIRE(facts.commits.size() == commits.size());
    for (std::size_t i = 0; i < commits.size(); ++i) {
      const Commit& commit = facts.commits[i];
      CHECK(commit.end.lsn.value == commits[i]["lsn"].get<std::uint64_t>());
      CHECK(commit.end.offset == commits[i]["end_offset"].get<std::uint64_t>());
      CHECK(commit.xid.value == number(commits[i]["txn"]));
      CHECK(commit.time_us == number(commits[i]["ts"]));
      CHECK(commit.counted == commits[i]["counted"].get<bool>());
      CHECK(commit.writes == commits[i]["writes"].get<std::uint64_t>());
    }
    const auto aborts = rows_read(log_case, "aborts", facts);
    REQUIRE(facts.aborts.size() == aborts.size());
    for (std::size_t i = 0; i < aborts.size(); ++i) {
      CHECK(facts.aborts[i].end.lsn.value == aborts[i]["lsn"].get<std::uint64_t>());
      CHECK(facts.aborts[i].xid.value == number(aborts[i]["txn"]));
    }
  }
}

TEST_CASE("unfinished transactions, ambiguous ids and records without effect are those that SochDB sees") {
  for (const Case& log_case : test::all_cases()) {
    CAPTURE(log_case.name);
    const LogFacts facts = test::facts_of(log_case);
    if (!was_opened(log_case) || log_case.name == "flip-length") continue;
    const Json& unfinished = log_case.expected["unfinished_at_end"];
    REQUIRE(facts.unfinished.size() == unfinished.size());
    for (std::size_t i = 0; i < unfinished.size(); ++i) {
      CHECK(facts.unfinished[i].xid.value == number(unfinished[i]["txn"]));
      CHECK(facts.unfinished[i].writes == unfinished[i]["data_records"].get<std::uint64_t>());
    }
    const Json& ambiguous = log_case.expected["txn_ids_committed_more_than_once"];
    REQUIRE(facts.ambiguous.size() == ambiguous.size());
    for (std::size_t i = 0; i < ambiguous.size(); ++i) {
      CHECK(facts.ambiguous[i].value == number(ambiguous[i]));
    }
    std::uint64_t others = 0;
    for (const auto& [type, count] : facts.others) others += count;
    CHECK(others == log_case.expected["other_records"].size());
  }
}

TEST_CASE("times near 1970 are no commit's first or last") {
  const Case log_case = test::load_case("clock-1");
  const LogFacts facts = test::facts_of(log_case);
  std::int64_t first = INT64_MAX;
  std::int64_t last = 0;
  bool any_near_zero = false;
  for (const Json& row : log_case.expected["commits"]) {
    const auto us = static_cast<std::int64_t>(number(row["ts"]));
    any_near_zero = any_near_zero || us < 1000;
    if (us < 1000) continue;
    first = std::min(first, us);
    last = std::max(last, us);
  }
  CHECK(any_near_zero);
  REQUIRE(facts.times);
  CHECK(facts.times->first == Timestamp{first});
  CHECK(facts.times->last == Timestamp{last});
}

TEST_CASE("a log whose commits all have times near 1970 has no times") {
  PlainFrames format;
  const LogFacts facts = test::facts_of(framed(record_text(RecordType::commit, 1, 375)), format);
  CHECK(facts.commits.size() == 1);
  CHECK_FALSE(facts.times);
}

TEST_CASE("the last checkpoint is where SochDB's manifest says") {
  const LogFacts facts = test::facts_of(test::load_case("enc-1"));
  REQUIRE(facts.last_checkpoint);
  CHECK(facts.last_checkpoint->lsn == Lsn{34});
}

TEST_CASE("without its key an encrypted log tells only how many records it has") {
  SealedFrames format;
  const LogFacts facts = test::facts_of(test::load_case("enc-1").log, format);
  CHECK(facts.records == 60);
  CHECK(facts.sealed == 60);
  CHECK(facts.commits.empty());
}

}  // namespace
}  // namespace pitr::sochdb
