#include "base/time.hpp"
#include "support/caught.hpp"
#include "support/seed.hpp"

#include <cstdlib>
#include <ctime>
#include <limits>

using namespace pitr;
using namespace pitr::test;

namespace {

constexpr std::int64_t kSecond = 1'000'000;
constexpr Timestamp kFirst{-62'167'219'200 * kSecond};           // 0000-01-01
constexpr Timestamp kLast{253'402'300'799 * kSecond + 999'999};  // the last of 9999

class ZoneOfTest {
 public:
  explicit ZoneOfTest(const char* zone) {
    ::setenv("TZ", zone, 1);
    ::tzset();
  }
  ~ZoneOfTest() {
    ::unsetenv("TZ");
    ::tzset();
  }
  ZoneOfTest(const ZoneOfTest&) = delete;
  ZoneOfTest& operator=(const ZoneOfTest&) = delete;
};

}  // namespace

TEST_CASE("a time is written in UTC with six digits") {
  CHECK(format_time({0}) == "1970-01-01T00:00:00.000000Z");
  CHECK(format_time({-1}) == "1969-12-31T23:59:59.999999Z");
  CHECK(format_time({1'795'428'672 * kSecond}) == "2026-11-23T10:11:12.000000Z");
  CHECK(format_time({951'782'400 * kSecond + 5}) == "2000-02-29T00:00:00.000005Z");
  CHECK(format_time(kFirst) == "0000-01-01T00:00:00.000000Z");
  CHECK(format_time(kLast) == "9999-12-31T23:59:59.999999Z");
  CHECK(format_time_compact({1'795'428'672 * kSecond + 999'999}) == "20261123T101112Z");
}

TEST_CASE("times far outside of what can be stored are written all the same") {
  CHECK(format_time(kLast + Duration(1)) == "10000-01-01T00:00:00.000000Z");
  CHECK(format_time({std::numeric_limits<std::int64_t>::max()}) == "294247-01-10T04:00:54.775807Z");
  CHECK(format_time({std::numeric_limits<std::int64_t>::min()}).substr(0, 7) == "-290308");
}

TEST_CASE("times with a zone are read") {
  struct Row {
    const char* text;
    const char* expected;
  };
  for (const Row& row : {
           Row{"2026-11-23T10:11:12Z", "2026-11-23T10:11:12.000000Z"},
           Row{"2026-11-23t10:11:12z", "2026-11-23T10:11:12.000000Z"},
           Row{"2026-11-23 10:11:12Z", "2026-11-23T10:11:12.000000Z"},
           Row{"2026-11-23T10:11:12.5Z", "2026-11-23T10:11:12.500000Z"},
           Row{"2026-11-23T10:11:12.000001Z", "2026-11-23T10:11:12.000001Z"},
           Row{"2026-11-23T10:11:12.123456789Z", "2026-11-23T10:11:12.123456Z"},
           Row{"1969-12-31T23:59:59.999999999Z", "1969-12-31T23:59:59.999999Z"},
           Row{"2026-11-23T10:11:12+01:00", "2026-11-23T09:11:12.000000Z"},
           Row{"2026-11-23 10:11:12.25+00", "2026-11-23T10:11:12.250000Z"},
           Row{"2026-11-23T10:11:12-0530", "2026-11-23T15:41:12.000000Z"},
           Row{"2026-11-23T10:11:12-00:00", "2026-11-23T10:11:12.000000Z"},
           Row{"2026-11-23T10:11:12+23:59", "2026-11-22T10:12:12.000000Z"},
           Row{"2026-11-23 10:11Z", "2026-11-23T10:11:00.000000Z"},
           Row{"2026-11-23T10:11+01:00", "2026-11-23T09:11:00.000000Z"},
           Row{"2024-02-29T23:59:59Z", "2024-02-29T23:59:59.000000Z"},
           Row{"2000-02-29T00:00:00Z", "2000-02-29T00:00:00.000000Z"},
           Row{"2024-03-01T00:30:00+01:00", "2024-02-29T23:30:00.000000Z"},
           Row{"0000-01-01T00:00:00Z", "0000-01-01T00:00:00.000000Z"},
           Row{"0000-02-29T00:00:00Z", "0000-02-29T00:00:00.000000Z"},
           Row{"0000-01-01T01:00:00+01:00", "0000-01-01T00:00:00.000000Z"},
           Row{"9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z"},
       }) {
    CAPTURE(row.text);
    CHECK(format_time(parse_time(row.text)) == row.expected);
  }
}

TEST_CASE("what is not a time is a usage error") {
  for (const char* text : {"",
                           "now",
                           "2026-11-23",
                           "2026-11-23T10:11:Z",
                           "2026-11-23T10Z",
                           "2026-11-23T10:11:12.Z",
                           "2026-11-23T10:11:12.1234567890Z",
                           "2026-11-23T10:11:12,5Z",
                           "2026-11-23  10:11:12Z",
                           "2026-11-23T10:11:12Zx",
                           "2026-11-23T10:11:12 Z",
                           " 2026-11-23T10:11:12Z",
                           "2026-11-23T24:00:00Z",
                           "2026-11-23T10:60:12Z",
                           "2026-12-31T23:59:60Z",
                           "2026-00-10T10:11:12Z",
                           "2026-13-10T10:11:12Z",
                           "2026-11-00T10:11:12Z",
                           "2026-11-31T10:11:12Z",
                           "2026-02-29T10:11:12Z",
                           "1900-02-29T10:11:12Z",
                           "10000-01-01T00:00:00Z",
                           "-0001-01-01T00:00:00Z",
                           "2026-11-23T10:11:12+24:00",
                           "2026-11-23T10:11:12+01:60",
                           "2026-11-23T10:11:12+1",
                           "2026-11-23T10:11:12+01:",
                           "2026-11-23T10:11:12+01:0",
                           "2026-11-23T10:11:12+01:000",
                           "0000-01-01T00:00:00+00:01",
                           "9999-12-31T23:59:59-00:01",
                           "2026-1-23T10:11:12Z",
                           "20261123T101112Z",
                           "1795428672"}) {
    CAPTURE(text);
    const Error e = caught([&] { (void)parse_time(text); });
    CHECK(e.code() == Errc::usage);
    CHECK(contains(e.hint(), "2026-11-23T10:11:12Z"));
  }
}

TEST_CASE("a time without a zone is refused, and both readings are shown") {
  const ZoneOfTest zone("Middle-05:30");
  for (const char* text : {"2026-11-23T10:11:12", "2026-11-23 10:11:12"}) {
    CAPTURE(text);
    const Error e = caught([&] { (void)parse_time(text); });
    CHECK(e.code() == Errc::usage);
    CHECK(contains(e.what(), "2026-11-23T10:11:12Z"));
    CHECK(contains(e.what(), "2026-11-23T10:11:12+05:30"));
    CHECK(contains(e.hint(), "2026-11-23T10:11:12+05:30"));
  }
}

TEST_CASE("the local reading uses the offset that holds at that time of year") {
  const ZoneOfTest zone("CET-1CEST,M3.5.0,M10.5.0/3");
  CHECK(contains(caught([] { (void)parse_time("2026-07-01T10:00:00.25"); }).what(),
                 "2026-07-01T10:00:00.250000+02:00"));
  CHECK(
      contains(caught([] { (void)parse_time("2026-12-01T10:00:00"); }).what(), "2026-12-01T10:00:00+01:00"));
}

TEST_CASE("both readings of a time without a zone can be read") {
  const ZoneOfTest zone("West+03:30");
  const std::string hint = caught([] { (void)parse_time("2026-07-01T10:00:00"); }).hint();
  CHECK(contains(hint, "2026-07-01T10:00:00Z"));
  CHECK(contains(hint, "2026-07-01T10:00:00-03:30"));
  CHECK(format_time(parse_time("2026-07-01T10:00:00-03:30")) == "2026-07-01T13:30:00.000000Z");
}

TEST_CASE("every time that can be stored is read back as it was written") {
  Random random(test_seed());
  for (int i = 0; i < 2000; ++i) {
    const auto span = static_cast<std::uint64_t>(kLast.us - kFirst.us);
    const Timestamp time{kFirst.us + static_cast<std::int64_t>(between(random, 0, span))};
    CHECK(parse_stored_time(format_time(time)) == time);
    CHECK(parse_time(format_time(time)) == time);
  }
  CHECK(parse_stored_time(format_time(kFirst)) == kFirst);
  CHECK(parse_stored_time(format_time(kLast)) == kLast);
}

TEST_CASE("a stored time has one form only") {
  for (const char* text :
       {"", "2026-11-23T10:11:12Z", "2026-11-23t10:11:12.000000Z", "2026-11-23 10:11:12.000000Z",
        "2026-11-23T10:11:12.000000z", "2026-11-23T10:11:12.0000000Z", "2026-11-23T10:11:12.000000+00:00",
        "2026-02-29T10:11:12.000000Z", "2026-11-23T10:11:12.000000Z ", "10000-01-01T00:00:00.000000Z"}) {
    CAPTURE(text);
    CHECK(caught([&] { (void)parse_stored_time(text); }).code() == Errc::corrupt);
  }
}

TEST_CASE("durations are read") {
  CHECK(parse_duration("0") == Duration(0));
  CHECK(parse_duration("250ms") == Duration(250'000));
  CHECK(parse_duration("90s") == Duration(90 * kSecond));
  CHECK(parse_duration("5m") == Duration(300 * kSecond));
  CHECK(parse_duration("2h") == Duration(7200 * kSecond));
  CHECK(parse_duration("14d") == Duration(kSecond * 86'400 * 14));
  CHECK(parse_duration("106751991d") == Duration(kSecond * 86'400 * 106'751'991));
}

TEST_CASE("what is not a duration is a usage error") {
  for (const char* text : {"", "5", "s", "-5s", "+5s", "5 s", "1.5h", "5w", "5S", "5sx", "106751992d",
                           "9223372036854775807s", "9223372036854775808ms", "99999999999999999999999s"}) {
    CAPTURE(text);
    CHECK(caught([&] { (void)parse_duration(text); }).code() == Errc::usage);
  }
}

TEST_CASE("durations are described in two units at most") {
  struct Row {
    std::int64_t us;
    const char* expected;
  };
  for (const Row& row : {
           Row{0, "0.0 s"},
           Row{200'000, "0.2 s"},
           Row{249'999, "0.2 s"},
           Row{9'949'999, "9.9 s"},
           Row{9'950'000, "10 s"},
           Row{41 * kSecond, "41 s"},
           Row{59'499'999, "59 s"},
           Row{59'500'000, "1 min"},
           Row{312 * kSecond, "5 min 12 s"},
           Row{300 * kSecond, "5 min"},
           Row{(3 * 3600 + 5 * 60 + 59) * kSecond, "3 h 5 min"},
           Row{(14 * 86'400 + 2 * 3600 + 1800) * kSecond, "14 d 2 h"},
           Row{-200'000, "-0.2 s"},
       }) {
    CAPTURE(row.us);
    CHECK(describe_duration(Duration(row.us)) == row.expected);
  }
  CHECK_FALSE(describe_duration(Duration::min()).empty());
  CHECK_FALSE(describe_duration(Duration::max()).empty());
}
