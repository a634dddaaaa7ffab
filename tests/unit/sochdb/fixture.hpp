#pragma once

#include "base/json.hpp"
#include "engine/sochdb/frame_format.hpp"
#include "engine/sochdb/keyring.hpp"
#include "engine/sochdb/log_reader.hpp"
#include "support/memory_source.hpp"
#include "support/sochdb_model/log_facts.hpp"

#include <memory>
#include <string>
#include <vector>

namespace pitr::sochdb::test {

using pitr::test::MemorySource;

// The text of a file of tests/fixtures/sochdb.
std::string fixture(const std::string& name);

// A log that SochDB wrote, and what SochDB itself read back from it.
struct Case {
  std::string name;
  std::string log;
  Json expected;
  std::optional<DataKey> key;  // of an encrypted one

  [[nodiscard]] std::unique_ptr<FrameFormat> format() const;
};

Case load_case(const std::string& name);
// Every one of them.
std::vector<Case> all_cases();

// Numbers that stand as text in JSON.
std::uint64_t number(const Json& text);

LogFacts facts_of(const std::string& log, FrameFormat& format);
inline LogFacts facts_of(const Case& log_case) { return facts_of(log_case.log, *log_case.format()); }

// A whole record, and a whole frame around a content.
std::string record_text(RecordType type, std::uint64_t xid, std::uint64_t time_us,
                        const std::string& key = {}, const std::string& value = {});
std::string framed(const std::string& content);

}  // namespace pitr::sochdb::test
