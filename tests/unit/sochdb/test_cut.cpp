#include "engine/sochdb/sealed_frames.hpp"
#include "fixture.hpp"
#include "support/caught.hpp"
#include "support/sochdb_model/cut.hpp"
#include "support/sochdb_model/state.hpp"

#include <limits>

#include <doctest/doctest.h>

namespace pitr::sochdb {
namespace {

using pitr::test::caught;
using pitr::test::contains;
using test::Case;
using test::MemorySource;
using test::number;

constexpr Xid kTwice{18219251269638};

Timestamp time_of(const Json& value) {
  constexpr std::uint64_t kMax = std::numeric_limits<std::int64_t>::max();
  return {static_cast<std::int64_t>(std::min(number(value), kMax))};
}

CutTarget target_of(const Json& row) {
  const auto kind = row["kind"].get<std::string>();
  if (kind == "lsn") return ToLsn{{number(row["value"])}};
  if (kind == "timestamp_us") return ToTime{time_of(row["value"])};
  if (kind == "txn") return ToXid{{number(row["value"])}};
  REQUIRE(kind == "latest");
  return ToLatest{};
}

std::optional<std::uint64_t> lsn_of(const std::optional<Commit>& commit) {
  return commit ? std::optional(commit->end.lsn.value) : std::nullopt;
}

TEST_CASE("every target cuts where SochDB itself would stop, and leaves its state") {
  std::size_t targets = 0;
  for (const Case& log_case : test::all_cases()) {
    // SochDB reads one record more of it than we take.
    if (!log_case.expected.contains("targets") || log_case.name == "flip-length") continue;
    CAPTURE(log_case.name);
    const LogFacts facts = test::facts_of(log_case);
    for (const Json& row : log_case.expected["targets"]) {
      CAPTURE(row.dump());
      const Cut cut = find_cut(facts, target_of(row), false);
      CHECK(cut.lsn.value == row["cut_lsn"].get<std::uint64_t>());
      CHECK(json_or_null(lsn_of(cut.last_kept)) == row["last_commit_lsn"]);
      CHECK(cut.transactions == row["txns"].get<std::uint64_t>());
      const auto format = log_case.format();
      MemorySource source(log_case.log);
      LogReader reader(source, *format);
      const State state = state_at(reader, cut.lsn);
      CHECK(reader.place().offset == row["cut_offset"].get<std::uint64_t>());
      CHECK(state.sha256() == row["state_sha256"].get<std::string>());
      CHECK(state.entries().size() == row["keys"].get<std::size_t>());
      ++targets;
    }
  }
  CHECK(targets > 500);
}

TEST_CASE("an exclusive target leaves out what it names") {
  const LogFacts facts = test::facts_of(test::load_case("interleave-1"));
  const auto cut = [&](const CutTarget& target) { return find_cut(facts, target, true).lsn.value; };
  CHECK(cut(ToLsn{{6}}) == 5);
  CHECK(cut(ToLsn{{49}}) == 48);
  CHECK(cut(ToXid{{18219251269634}}) == 5);
  CHECK(cut(ToTime{{1780000000001030}}) == 5);
  CHECK(cut(ToTime{{1780000000001031}}) == 6);
  CHECK(cut(ToTime{{1780000000002030}}) == 6);
  CHECK(caught([&] { cut(ToLatest{}); }).code() == Errc::usage);
  CHECK(caught([&] { cut(ToLsn{{0}}); }).code() == Errc::target_unreachable);
}

TEST_CASE("a cut tells the last commit it keeps and the first it drops") {
  const LogFacts facts = test::facts_of(test::load_case("interleave-1"));
  const Cut cut = find_cut(facts, ToTime{{1780000000001030}}, false);
  CHECK(lsn_of(cut.last_kept) == 6);
  CHECK(lsn_of(cut.first_dropped) == 7);
  CHECK_FALSE(find_cut(facts, ToLatest{}, false).first_dropped);
  CHECK_FALSE(find_cut(facts, ToLsn{{5}}, false).last_kept);
}

TEST_CASE("a time before 1970 keeps no commit, not even one with a time near it") {
  const LogFacts facts = test::facts_of(test::load_case("clock-1"));
  CHECK_FALSE(find_cut(facts, ToTime{{-1}}, false).last_kept);
}

TEST_CASE("an id that several transactions have is refused, and their commits are shown") {
  const LogFacts facts = test::facts_of(test::load_case("interleave-1"));
  const Error error = caught([&] { find_cut(facts, ToXid{kTwice}, false); });
  CHECK(error.code() == Errc::ambiguous_target);
  CHECK(contains(error.what(), "LSN 17, 19"));
}

TEST_CASE("a transaction that was not committed is not found, and what became of it is said") {
  const LogFacts facts = test::facts_of(test::load_case("basic-1"));
  const auto refusal = [&](std::uint64_t xid) {
    const Error error = caught([&] { find_cut(facts, ToXid{{xid}}, false); });
    CHECK(error.code() == Errc::not_found);
    return std::string(error.what());
  };
  CHECK(contains(refusal(1), "does not show transaction 1"));
  CHECK(contains(refusal(34531537059846), "which it ends inside"));
  CHECK(contains(refusal(facts.aborts.front().xid.value), "was aborted"));
}

TEST_CASE("an LSN that the log does not reach is unreachable") {
  const LogFacts facts = test::facts_of(test::load_case("basic-1"));
  CHECK(caught([&] { find_cut(facts, ToLsn{{243}}, false); }).code() == Errc::target_unreachable);
}

TEST_CASE("without its key an encrypted log is cut at an LSN or its end alone") {
  SealedFrames format;
  const LogFacts facts = test::facts_of(test::load_case("enc-1").log, format);
  CHECK(find_cut(facts, ToLsn{{20}}, false).lsn == Lsn{20});
  CHECK(find_cut(facts, ToLatest{}, false).lsn == Lsn{60});
  CHECK(caught([&] { find_cut(facts, ToTime{{1}}, false); }).code() == Errc::usage);
  CHECK(caught([&] { find_cut(facts, ToXid{{1}}, false); }).code() == Errc::usage);
}

}  // namespace
}  // namespace pitr::sochdb
