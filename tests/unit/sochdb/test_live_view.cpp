#include "archive.hpp"
#include "engine/sochdb/live_view.hpp"
#include "support/caught.hpp"

#include <memory>
#include <string>

#include <doctest/doctest.h>

namespace pitr::sochdb {
namespace {

using pitr::test::caught;
using test::Database;

std::shared_ptr<const LiveDatabase> opened(const Database& database) {
  return std::make_shared<const LiveDatabase>(database.path());
}

std::string text_of(const LiveView& view, std::uint64_t from, std::uint64_t size) {
  Bytes bytes(size);
  view.read(from, bytes);
  return std::string(as_text(bytes));
}

std::string numbered(std::size_t size) {
  std::string text;
  while (text.size() < size) text += std::to_string(text.size()) + ";";
  text.resize(size);
  return text;
}

// What a segment says that ends at an offset of a log.
SegmentData place_in(const std::string& log, std::size_t offset) {
  SegmentData data;
  data.offset = offset;
  data.head = sample_of(as_bytes(log).first(std::min<std::size_t>(offset, kMaxSample)));
  data.tail = sample_of(as_bytes(log).first(offset).last(data.head.size));
  return data;
}

TEST_CASE("all of a log is new to what it does not hold, and stays readable") {
  const Database database;
  const std::string log = numbered(300'000);
  database.write_log(log);
  const LiveView view(opened(database), place_in("another" + log, 200'000));
  database.write_log("x");
  CHECK(view.is_held(0));
  CHECK(text_of(view, 0, 300'000) == log);
}

TEST_CASE("what is new in a view stays readable although the log is truncated") {
  const Database database;
  const std::string log = numbered(300'000);
  database.write_log(log);
  const LiveView view(opened(database), place_in(log, 200'000));
  CHECK_NOTHROW(view.check());
  database.write_log("x");
  CHECK(view.is_held(200'000));
  CHECK(text_of(view, 200'000, 100'000) == log.substr(200'000));
  CHECK(view.tail(300'000) == sample_of(as_bytes(log).last(kMaxSample)));
  CHECK(view.head(300'000) == sample_of(as_bytes(log).first(kMaxSample)));
  SegmentData data = place_in(log, 200'000);
  CHECK(view.holds(data));
  data.offset = 200'001;
  CHECK(!view.holds(data));
  data.offset = 300'001;
  CHECK(!view.holds(data));
  CHECK(caught([&] { view.check(); }).code() == Errc::unavailable);
  CHECK(caught([&] { text_of(view, 100'000, 10); }).code() == Errc::unavailable);
}

TEST_CASE("a view is told from a log that grew past its size again, or is another file") {
  const Database database;
  database.write_log(numbered(1000));
  const LiveView view(opened(database), place_in("", 0));
  SUBCASE("grown again") {
    database.write_log("1" + numbered(5000).substr(1));
    CHECK(caught([&] { view.check(); }).code() == Errc::unavailable);
  }
  SUBCASE("another file") {
    database.write("other", numbered(1000));
    fs::rename(database.path() / "other", database.path() / "wal.log");
    CHECK(caught([&] { view.check(); }).code() == Errc::unavailable);
  }
  SUBCASE("only grown") {
    database.write_log(numbered(5000));
    CHECK_NOTHROW(view.check());
    CHECK(view.size() == 1000);
  }
}

}  // namespace
}  // namespace pitr::sochdb
