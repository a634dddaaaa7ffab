#include "base/digest.hpp"
#include "engine/sochdb/record.hpp"
#include "fixture.hpp"

#include <doctest/doctest.h>

namespace pitr::sochdb {
namespace {

using test::record_text;

bool is_record(const std::string& text) { return parse_record(as_bytes(text)).has_value(); }

TEST_CASE("a record that SochDB wrote is read") {
  const Bytes bytes = from_hex("0101000000921000000f40b38be65206000100000003000000786f6e65a536985c");
  const auto record = parse_record(bytes);
  REQUIRE(record);
  CHECK(record->type == RecordType::data);
  CHECK(record->xid == Xid{0x109200000001});
  CHECK(record->time_us == 1780000000000015);
  CHECK(as_text(record->key) == "x");
  CHECK(as_text(record->value) == "one");
}

TEST_CASE("only the types that SochDB has make a record") {
  int types = 0;
  for (unsigned type = 0; type < 256; ++type) {
    if (is_record(record_text(static_cast<RecordType>(type), 1, 2))) ++types;
  }
  CHECK(types == 17);
  CHECK_FALSE(is_record(record_text(static_cast<RecordType>(0x04), 1, 2)));
}

TEST_CASE("bytes that are more or fewer than the lengths say are no record") {
  const std::string text = record_text(RecordType::data, 1, 2, "key", "value");
  CHECK(is_record(text));
  CHECK_FALSE(is_record(text + "x"));
  CHECK_FALSE(is_record(text.substr(0, text.size() - 1)));
  CHECK_FALSE(is_record(""));
}

TEST_CASE("lengths that only add up beyond 32 bits are no record's") {
  std::string text = record_text(RecordType::data, 1, 2, "key", "value");
  for (const std::size_t at : {20U, 24U}) text[at] = '\x80';  // each longer by 2^31
  CHECK_FALSE(may_begin_record(as_bytes(text), text.size()));
}

TEST_CASE("the beginning of a record is told from other bytes as soon as it shows") {
  const std::string text = record_text(RecordType::data, 1, 2, "key", "value");
  for (std::size_t size = 0; size <= text.size(); ++size) {
    CHECK(may_begin_record(as_bytes(text).first(size), text.size()));
  }
  CHECK_FALSE(may_begin_record(as_bytes(text).first(25), text.size() + 1));
  CHECK_FALSE(may_begin_record(as_bytes(text).first(21), kMinRecordSize + 2));
  CHECK_FALSE(may_begin_record(as_bytes("\x04"), text.size()));
}

TEST_CASE("a time that no clock showed is none") {
  for (const std::uint64_t us : {0U, 32U, 375U, 999'999U}) CHECK_FALSE(clock_time(us));
  CHECK(clock_time(1'000'000) == Timestamp{1'000'000});
  CHECK(clock_time(253'402'300'799'999'999) == Timestamp{253'402'300'799'999'999});
  CHECK_FALSE(clock_time(253'402'300'800'000'000));
  CHECK_FALSE(clock_time(~std::uint64_t{0}));
}

}  // namespace
}  // namespace pitr::sochdb
