#include "engine/sochdb/frame_link.hpp"
#include "engine/sochdb/frames.hpp"
#include "fixture.hpp"
#include "support/caught.hpp"

#include <memory>
#include <string>

#include <doctest/doctest.h>

namespace pitr::sochdb {
namespace {

using pitr::test::caught;
using test::framed;
using test::MemorySource;
using test::record_text;

const std::string kFirst = framed(record_text(RecordType::begin, 1, 2));
const std::string kSecond = framed(record_text(RecordType::data, 1, 3, "key", std::string(100'000, 'v')));
const std::string kThird = framed(record_text(RecordType::commit, 1, 4));

std::string range_of(const std::string& log, std::uint64_t skipped, std::uint64_t taken) {
  FrameRange range(std::make_unique<MemorySource>(log), skipped, taken, "a log");
  std::string text;
  Bytes block(1000);
  while (const std::size_t size = range.read(block)) text += as_text(ByteView(block).first(size));
  return text;
}

TEST_CASE("a range is so many frames behind so many others") {
  const std::string log = kFirst + kSecond + kThird;
  CHECK(range_of(log, 0, 3) == log);
  CHECK(range_of(log, 1, 1) == kSecond);
  CHECK(range_of(log, 2, 1) == kThird);
  CHECK(range_of(log, 3, 0).empty());
}

TEST_CASE("a range that is not there is corrupt") {
  const std::string log = kFirst + kSecond;
  CHECK(caught([&] { range_of(log, 1, 2); }).code() == Errc::corrupt);
  CHECK(caught([&] { range_of(log, 3, 1); }).code() == Errc::corrupt);
  CHECK(caught([&] { range_of(log.substr(0, log.size() - 1), 1, 1); }).code() == Errc::corrupt);
  CHECK(caught([&] { range_of(std::string(40, '\0'), 0, 1); }).code() == Errc::corrupt);
}

TEST_CASE("a link is the digest of a frame, however it is read") {
  MemorySource source(kSecond, 777);
  CHECK(frame_link(source) == frame_link(as_bytes(kSecond)));
  CHECK(frame_link(as_bytes(kFirst)) != frame_link(as_bytes(kThird)));
  CHECK(new_link() != new_link());
}

}  // namespace
}  // namespace pitr::sochdb
