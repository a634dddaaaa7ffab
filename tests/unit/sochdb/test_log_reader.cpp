#include "base/digest.hpp"
#include "engine/sochdb/crypto.hpp"
#include "engine/sochdb/log_reader.hpp"
#include "engine/sochdb/sealed_frames.hpp"
#include "fixture.hpp"

#include <map>

#include <doctest/doctest.h>

namespace pitr::sochdb {
namespace {

using test::Case;
using test::framed;
using test::MemorySource;
using test::number;
using test::record_text;

struct Ending {
  LogEnd end;
  StopReason reason;
  std::uint64_t stranded;
};

// Of the cases that do not end well.
const std::map<std::string, Ending> kEndings = {
    {"torn-length", {LogEnd::torn, StopReason::length_cut, 0}},
    {"torn-value", {LogEnd::torn, StopReason::content_cut, 0}},
    {"torn-one-byte", {LogEnd::torn, StopReason::content_cut, 0}},
    {"disk-full", {LogEnd::torn, StopReason::content_cut, 0}},
    {"zero-tail", {LogEnd::zeroed, StopReason::length_too_small, 0}},
    {"torn-then-appended", {LogEnd::damaged, StopReason::content_rejected, 19}},
    {"flip-value", {LogEnd::damaged, StopReason::content_rejected, 31}},
    {"flip-commit-time", {LogEnd::damaged, StopReason::content_rejected, 33}},
    {"flip-last-crc", {LogEnd::damaged, StopReason::content_rejected, 0}},
    {"flip-length", {LogEnd::damaged, StopReason::content_rejected, 22}},
    {"enc-torn", {LogEnd::torn, StopReason::content_cut, 0}},
    {"enc-zero-tail", {LogEnd::zeroed, StopReason::length_too_small, 0}},
    {"enc-flip-body", {LogEnd::damaged, StopReason::content_rejected, 29}},
    {"enc-flip-length", {LogEnd::damaged, StopReason::content_cut, 29}},
};

// SochDB takes a frame with bytes left over; we do not.
bool is_read_by_us_alone(const std::string& name) { return name == "flip-length"; }

std::uint64_t expected_records(const Case& log_case) {
  if (is_read_by_us_alone(log_case.name)) return 31;
  if (log_case.expected.contains("leading_frames_readable_with_key"))
    return log_case.expected["leading_frames_readable_with_key"].get<std::uint64_t>();
  return log_case.expected["reader"]["records"].get<std::uint64_t>();
}

LogStop read_all(const std::string& log, FrameFormat& format) { return test::facts_of(log, format).stop; }

TEST_CASE("every log that SochDB wrote is read to where SochDB's own reading ends, and its end is told") {
  const auto cases = test::all_cases();
  CHECK(cases.size() == 21);
  for (const Case& log_case : cases) {
    CAPTURE(log_case.name);
    const LogStop stop = read_all(log_case.log, *log_case.format());
    CHECK(stop.good_end.lsn.value == expected_records(log_case));
    const auto ending = kEndings.find(log_case.name);
    const Ending expected =
        ending == kEndings.end() ? Ending{LogEnd::whole, StopReason::end, 0} : ending->second;
    CHECK(stop.end == expected.end);
    CHECK(stop.reason == expected.reason);
    CHECK(stop.stranded.frames == expected.stranded);
    CHECK(stop.stranded.all_counted);
    CHECK(stop.good_end.offset + stop.bytes_left == log_case.log.size());
    const Json& reader = log_case.expected["reader"];
    if (reader["open"] == "ok" && !is_read_by_us_alone(log_case.name))
      CHECK(stop.good_end.offset == reader["good_end_offset"].get<std::uint64_t>());
  }
}

TEST_CASE("every record is the one that SochDB reads, at the same place") {
  for (const Case& log_case : test::all_cases()) {
    if (!log_case.expected.contains("records")) continue;
    CAPTURE(log_case.name);
    const auto format = log_case.format();
    MemorySource source(log_case.log, 7);
    LogReader reader(source, *format);
    for (const Json& row : log_case.expected["records"]) {
      const auto entry = reader.next();
      if (!entry && is_read_by_us_alone(log_case.name)) break;
      REQUIRE(entry);
      REQUIRE(entry->record);
      CHECK(entry->end.lsn.value == row[0].get<std::uint64_t>());
      CHECK(entry->start.lsn.value + 1 == entry->end.lsn.value);
      CHECK(entry->start.offset == row[1].get<std::uint64_t>());
      CHECK(entry->end.offset - entry->start.offset == row[2].get<std::uint64_t>());
      CHECK(static_cast<unsigned>(entry->record->type) == row[3].get<unsigned>());
      CHECK(entry->record->xid.value == number(row[5]));
      CHECK(entry->record->time_us == number(row[6]));
      CHECK(as_text(entry->record->key) == row[7].get<std::string>());
      CHECK(entry->record->value.size() == row[8].get<std::size_t>());
      Sha256 sum;
      sum.update(entry->record->value);
      CHECK(to_hex(sum.digest()).substr(0, 16) == row[9].get<std::string>());
    }
    CHECK_FALSE(reader.next());
    CHECK_FALSE(reader.next());
  }
}

TEST_CASE("an encrypted log can be counted without its key") {
  const Case log_case = test::load_case("enc-1");
  SealedFrames format;
  MemorySource source(log_case.log);
  LogReader reader(source, format);
  for (const Json& row : log_case.expected["records"]) {
    const auto entry = reader.next();
    REQUIRE(entry);
    CHECK_FALSE(entry->record);
    CHECK(entry->end.lsn.value == row[0].get<std::uint64_t>());
    CHECK(entry->start.offset == row[1].get<std::uint64_t>());
  }
  CHECK_FALSE(reader.next());
  CHECK(reader.stop().end == LogEnd::whole);
  CHECK(read_all(test::load_case("enc-torn").log, format).end == LogEnd::torn);
  CHECK(read_all(test::load_case("enc-zero-tail").log, format).end == LogEnd::zeroed);
  CHECK(read_all(test::load_case("enc-flip-length").log, format).stranded.frames == 29);
}

TEST_CASE("a log that goes on from a place is numbered from there") {
  const Case log_case = test::load_case("enc-1");
  const auto format = log_case.format();
  const auto offset = log_case.expected["records"][20][1].get<std::uint64_t>();
  MemorySource source(log_case.log.substr(offset));
  LogReader reader(source, *format, {{20}, offset});
  const auto entry = reader.next();
  REQUIRE(entry);
  CHECK(entry->end.lsn == Lsn{21});
  while (reader.next()) {
  }
  CHECK(reader.stop().end == LogEnd::whole);
  CHECK(reader.stop().good_end == LogPlace{{60}, log_case.log.size()});
}

TEST_CASE("frames of an encrypted log cannot be repeated, left out or joined to another's") {
  const Case log_case = test::load_case("enc-1");
  const auto format = log_case.format();
  const auto second = log_case.expected["records"][1][1].get<std::uint64_t>();
  CHECK(read_all(log_case.log.substr(second), *format).good_end.lsn == Lsn{0});
  CHECK(read_all(log_case.log + log_case.log, *format).good_end.lsn == Lsn{60});
  CHECK(read_all(log_case.log.substr(0, second) + log_case.log, *format).good_end.lsn == Lsn{1});
}

TEST_CASE("a record of more bytes than are read at once is read whole") {
  PlainFrames format;
  const std::string value(3'000'000, 'v');
  const std::string frame = framed(record_text(RecordType::data, 1, 2, "k", value));
  MemorySource source(frame + frame, 100'001);
  LogReader reader(source, format);
  for (int i = 0; i < 2; ++i) {
    const auto entry = reader.next();
    REQUIRE(entry);
    CHECK(as_text(entry->record->value) == value);
  }
  CHECK_FALSE(reader.next());
  CHECK(reader.stop().end == LogEnd::whole);
}

TEST_CASE("a frame that begins behind zeros is found") {
  PlainFrames format;
  // Its length begins with two zero bytes.
  const std::string value(0x10000 - kMinRecordSize, 'v');
  const std::string frame = framed(record_text(RecordType::data, 1, 2, "", value));
  REQUIRE(frame.substr(0, 2) == std::string(2, '\0'));
  const LogStop stop = read_all(std::string(50, '\0') + frame, format);
  CHECK(stop.end == LogEnd::damaged);
  CHECK(stop.stranded.frames == 1);
}

TEST_CASE("one to three bytes left are the beginning of a length, zeros or not") {
  PlainFrames format;
  for (std::size_t size = 1; size < 4; ++size) {
    const LogStop stop = read_all(std::string(size, '\0'), format);
    CHECK(stop.end == LogEnd::torn);
    CHECK(stop.bytes_left == size);
  }
}

TEST_CASE("a length beyond SochDB's limit is damage, and costs no memory") {
  PlainFrames format;
  const LogStop stop = read_all(std::string("\x01\x00\x00\x20", 4) + "\x01", format);
  CHECK(stop.end == LogEnd::damaged);
  CHECK(stop.reason == StopReason::length_too_large);
}

TEST_CASE("a search that values make too long is given up, and says so") {
  PlainFrames format;
  // Heads of records of 4 MiB, one after the other.
  constexpr std::uint32_t kSize = 4 * 1024 * 1024;
  std::string head(kLengthSize + kRecordHeaderSize, '\0');
  auto* const at = reinterpret_cast<std::byte*>(head.data());
  store_le32(at, kSize);
  at[kLengthSize] = std::byte{1};
  store_le32(at + kLengthSize + kRecordHeaderSize - 4, kSize - kMinRecordSize);
  std::string log = "\xFF\xFF\xFF\xFF";
  for (int i = 0; i < 400; ++i) log += head;
  const LogStop stop = read_all(log + std::string(kSize, 'x'), format);
  CHECK(stop.end == LogEnd::damaged);
  CHECK_FALSE(stop.stranded.all_counted);
}

TEST_CASE(
    "encrypted frames behind several that are lost are found with their numbers, as far as that can be") {
  const Case log_case = test::load_case("enc-1");
  const auto format = log_case.format();
  const auto offset_of = [&](std::size_t record) {
    return log_case.expected["records"][record][1].get<std::size_t>();
  };
  std::string log = log_case.log;
  log.replace(offset_of(10), offset_of(30) - offset_of(10), offset_of(30) - offset_of(10), 'x');
  CHECK(read_all(log, *format).stranded.frames == 30);
  CHECK(read_all(log, *format).stranded.all_counted);

  // So much between them that their numbers may be any.
  log.insert(offset_of(20), 20'000, 'x');
  CHECK(read_all(log, *format).stranded.frames == 30);
  log = std::string(20'000, 'x') + log_case.log.substr(offset_of(0));
  CHECK(read_all(log, *format).stranded.frames == 60);
  log = log_case.log.substr(0, offset_of(1)) + std::string(20'000, 'x') + log_case.log.substr(offset_of(1));
  CHECK(read_all(log, *format).stranded.frames == 59);
  const DataKey& key = *log_case.key;
  OpenedFrames other({key.key, key.database, key.epoch + 1});
  const LogStop stop = read_all(std::string(20'000, 'x') + log_case.log, other);
  CHECK(stop.stranded.frames == 0);
  CHECK_FALSE(stop.stranded.all_counted);
}

}  // namespace
}  // namespace pitr::sochdb
