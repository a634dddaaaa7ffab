#include "engine/sochdb/sealed_frames.hpp"
#include "fixture.hpp"
#include "support/caught.hpp"
#include "support/sochdb_model/state.hpp"

#include <doctest/doctest.h>

namespace pitr::sochdb {
namespace {

using pitr::test::caught;
using test::Case;
using test::MemorySource;

State whole_state(const std::string& log) {
  PlainFrames format;
  MemorySource source(log);
  LogReader reader(source, format);
  State state;
  while (const auto entry = reader.next()) state.apply(*entry->record);
  return state;
}

TEST_CASE("after every commit the state is SochDB's own") {
  for (const Case& log_case : test::all_cases()) {
    if (!log_case.expected.contains("commits")) continue;
    CAPTURE(log_case.name);
    const auto format = log_case.format();
    MemorySource source(log_case.log);
    LogReader reader(source, *format);
    State state;
    auto row = log_case.expected["commits"].begin();
    while (const auto entry = reader.next()) {
      state.apply(*entry->record);
      if (entry->record->type != RecordType::commit) continue;
      CAPTURE(entry->end.lsn.value);
      CHECK(state.sha256() == (*row)["state_sha256"].get<std::string>());
      CHECK(state.entries().size() == (*row)["keys"].get<std::size_t>());
      CHECK(state.transactions() == (*row)["txns_so_far"].get<std::uint64_t>());
      ++row;
    }
  }
}

TEST_CASE("what can be read of a damaged encrypted log leaves SochDB's state") {
  for (const Case& log_case : test::all_cases()) {
    if (!log_case.expected.contains("leading_frames_state")) continue;
    CAPTURE(log_case.name);
    const Json& expected = log_case.expected["leading_frames_state"];
    const auto format = log_case.format();
    MemorySource source(log_case.log);
    LogReader reader(source, *format);
    const State state = state_at(reader, {expected["cut_lsn"].get<std::uint64_t>()});
    CHECK(reader.place().offset == expected["cut_offset"].get<std::uint64_t>());
    CHECK(state.sha256() == expected["state_sha256"].get<std::string>());
    CHECK(state.transactions() == expected["txns"].get<std::uint64_t>());
  }
}

TEST_CASE("every copy of a live log, and its generations one after the other, leave SochDB's states") {
  for (const std::string name : {"live-1", "compact-1"}) {
    const Json expected = parse_json(test::fixture(name + "/expected.json"), name);
    for (const Json& copy : expected["snapshots"]) {
      const std::string log = test::fixture(name + "/" + copy["file"].get<std::string>());
      CAPTURE(copy["file"].get<std::string>());
      PlainFrames format;
      const LogFacts facts = test::facts_of(log, format);
      CHECK(facts.records == copy["records"].get<std::uint64_t>());
      CHECK(facts.stop.good_end.offset == copy["good_end_offset"].get<std::uint64_t>());
      CHECK(facts.stop.end == (facts.stop.good_end.offset == log.size() ? LogEnd::whole : LogEnd::torn));
      CHECK(whole_state(log).sha256() == copy["recovered_state_sha256"].get<std::string>());
    }
  }
  const Json chained = parse_json(test::fixture("live-1/expected.json"), "live-1")["chained"];
  const std::string log =
      test::fixture("live-1/s06.wal") + test::fixture("live-1/s08.wal") + test::fixture("live-1/s10.wal");
  CHECK(whole_state(log).sha256() == chained["recovered_state_sha256"].get<std::string>());
  CHECK(whole_state(log).transactions() == chained["txns"].get<std::uint64_t>());
}

TEST_CASE("SochDB's own backup is read") {
  const Json expected = parse_json(test::fixture("backup-1/expected.json"), "backup-1");
  const State state = whole_state(test::fixture("backup-1/backup/wal.log"));
  CHECK(state.sha256() == expected["state_sha256"].get<std::string>());
  CHECK(state.transactions() == expected["txns"].get<std::uint64_t>());
}

TEST_CASE("a state beyond the end of a log, or of records that cannot be read, is refused") {
  const Case log_case = test::load_case("enc-1");
  const auto format = log_case.format();
  MemorySource source(log_case.log);
  LogReader reader(source, *format);
  CHECK(caught([&] { state_at(reader, {61}); }).code() == Errc::target_unreachable);

  SealedFrames sealed;
  MemorySource again(log_case.log);
  LogReader without_key(again, sealed);
  CHECK(caught([&] { state_at(without_key, {1}); }).code() == Errc::usage);
}

}  // namespace
}  // namespace pitr::sochdb
