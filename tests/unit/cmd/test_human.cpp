#include "base/time.hpp"
#include "cmd/human.hpp"

#include <doctest/doctest.h>

using namespace pitr;
using namespace pitr::cmd;

TEST_CASE("sizes are rounded to one digit of the largest fitting unit") {
  CHECK(human_size(0) == "0 B");
  CHECK(human_size(1023) == "1023 B");
  CHECK(human_size(1024) == "1.0 KiB");
  CHECK(human_size(12'900'000) == "12.3 MiB");
  CHECK(human_size(1024 * 1024 - 1) == "1.0 MiB");
  CHECK(human_size(UINT64_MAX) == "16.0 EiB");
}

TEST_CASE("counts have separators and their noun a plural") {
  CHECK(human_count(999) == "999");
  CHECK(human_count(1000) == "1,000");
  CHECK(human_count(1234567) == "1,234,567");
  CHECK(counted(1, "commit") == "1 commit");
  CHECK(counted(0, "commit") == "0 commits");
}

TEST_CASE("a printed time is one that --to-time takes back") {
  const Timestamp time{1'795'428'672'345'678};
  CHECK(parse_time(exact_time(time)) == time);
  CHECK(parse_time(human_time(time)) == Timestamp{1'795'428'672'000'000});
  CHECK(exact_time(std::optional<Timestamp>()) == "-");
}

TEST_CASE("an age says when a clock is ahead") {
  CHECK(age({0}, {42'000'000}) == "42 s ago");
  CHECK(age({42'000'000}, {0}) == "in 42 s");
}

TEST_CASE("a point shows only what is known") {
  CHECK(human_point({{7}, std::nullopt, Xid{3}}, LsnNotation::decimal) == "LSN 7, xid 3");
  CHECK(human_point({{7}, std::nullopt, std::nullopt}, LsnNotation::hex_pair) == "LSN 0/7");
}

TEST_CASE("control characters cannot reach the terminal") {
  CHECK(printable("a\x1b[2Jb\n\x7f") == "a\\x1b[2Jb\\x0a\\x7f");
  CHECK(printable("\xc2\x9b"
                  "1m") ==
        "\\xc2\\x9b"
        "1m");
  CHECK(printable("größer 日本") == "größer 日本");
}
