// Every byte of a log changed, and every place it can be cut at.

#include "engine/sochdb/log_reader.hpp"
#include "engine/sochdb/sealed_frames.hpp"
#include "fixture.hpp"

#include <algorithm>

#include <doctest/doctest.h>

namespace pitr::sochdb {
namespace {

using test::Case;
using test::MemorySource;

// What was read: each record's text, and where reading stopped.
struct Reading {
  std::vector<std::string> records;
  std::vector<std::uint64_t> starts;
  LogStop stop;
};

Reading read(const std::string& log, FrameFormat& format) {
  MemorySource source(log);
  LogReader reader(source, format);
  Reading reading;
  while (const auto entry = reader.next()) {
    std::string text;
    if (entry->record) {
      text = std::to_string(static_cast<unsigned>(entry->record->type)) + ' ' +
             std::to_string(entry->record->xid.value) + ' ' + std::to_string(entry->record->time_us) + ' ';
      text += as_text(entry->record->key);
      text += '=';
      text += as_text(entry->record->value);
    }
    reading.records.push_back(text);
    reading.starts.push_back(entry->start.offset);
  }
  reading.stop = reader.stop();
  return reading;
}

// The record that the byte at an offset is part of.
std::size_t record_at(const Reading& whole, std::uint64_t offset) {
  const auto behind = std::upper_bound(whole.starts.begin(), whole.starts.end(), offset);
  return static_cast<std::size_t>(behind - whole.starts.begin()) - 1;
}

bool is_prefix(const Reading& part, const Reading& whole, std::size_t size) {
  return part.records.size() == size &&
         std::equal(part.records.begin(), part.records.end(), whole.records.begin());
}

void check_flips(const Case& log_case) {
  const auto format = log_case.format();
  const Reading whole = read(log_case.log, *format);
  std::string log = log_case.log;
  for (std::size_t at = 0; at < log.size(); ++at) {
    const std::size_t hit = record_at(whole, at);
    for (const unsigned flip : {0x01U, 0x80U, 0xFFU}) {
      log[at] = static_cast<char>(log_case.log[at] ^ static_cast<char>(flip));
      const Reading reading = read(log, *format);
      const bool right = is_prefix(reading, whole, hit) && reading.stop.end == LogEnd::damaged &&
                         reading.stop.good_end.offset == whole.starts[hit] &&
                         reading.stop.stranded.frames == whole.records.size() - hit - 1;
      if (right) continue;
      CAPTURE(at);
      CAPTURE(flip);
      CAPTURE(reading.records.size());
      CAPTURE(reading.stop.stranded.frames);
      FAIL_CHECK("read wrongly");
    }
    log[at] = log_case.log[at];
  }
}

void check_cuts(const Case& log_case, FrameFormat& format) {
  const Reading whole = read(log_case.log, format);
  for (std::size_t size = 0; size < log_case.log.size(); ++size) {
    const std::size_t cut = record_at(whole, size);
    const Reading reading = read(log_case.log.substr(0, size), format);
    const LogEnd end = whole.starts[cut] == size ? LogEnd::whole : LogEnd::torn;
    if (is_prefix(reading, whole, cut) && reading.stop.end == end) continue;
    CAPTURE(size);
    FAIL_CHECK("read wrongly");
  }
}

TEST_CASE(
    "whatever byte of a log is changed, the records before it are read, none is made up, and the rest "
    "counted") {
  check_flips(test::load_case("basic-1"));
}

TEST_CASE("whatever byte of an encrypted log is changed, its key shows it") {
  check_flips(test::load_case("enc-1"));
}

TEST_CASE("wherever a log is cut, the records before are read, and the rest is a torn one") {
  for (const char* name : {"basic-1", "enc-1"}) {
    const Case log_case = test::load_case(name);
    CAPTURE(name);
    check_cuts(log_case, *log_case.format());
  }
  SealedFrames sealed;
  check_cuts(test::load_case("enc-1"), sealed);
}

TEST_CASE(
    "without the key a changed length or version is seen, unless the length is that of several frames") {
  const Case log_case = test::load_case("enc-1");
  SealedFrames format;
  const Reading whole = read(log_case.log, format);
  std::string log = log_case.log;
  for (std::size_t at = 0; at < log.size(); ++at) {
    const bool shows = at - whole.starts[record_at(whole, at)] <= kLengthSize;
    CAPTURE(at);
    for (const unsigned flip : {0x01U, 0x80U, 0xFFU}) {
      log[at] = static_cast<char>(log_case.log[at] ^ static_cast<char>(flip));
      const Reading reading = read(log, format);
      if (shows) {
        CHECK((reading.stop.end != LogEnd::whole || reading.records.size() < whole.records.size()));
      } else {
        CHECK(is_prefix(reading, whole, whole.records.size()));
      }
    }
    log[at] = log_case.log[at];
  }
}

}  // namespace
}  // namespace pitr::sochdb
