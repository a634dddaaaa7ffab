#include "model/ids.hpp"
#include "support/caught.hpp"
#include "support/seed.hpp"

using namespace pitr;
using namespace pitr::test;

TEST_CASE("LSNs are written the way their engine's people do") {
  CHECK(format_lsn({1234}, LsnNotation::decimal) == "1234");
  CHECK(format_lsn({0x16B3740}, LsnNotation::hex_pair) == "0/16B3740");
  CHECK(format_lsn({0xABCDEF0000000001}, LsnNotation::hex_pair) == "ABCDEF00/1");
}

TEST_CASE("LSNs are read as they are written") {
  Random random(test_seed());
  for (int i = 0; i < 1000; ++i) {
    const Lsn lsn{random() >> between(random, 0, 63)};
    for (const LsnNotation notation : {LsnNotation::decimal, LsnNotation::hex_pair}) {
      CHECK(parse_lsn(format_lsn(lsn, notation), notation) == lsn);
    }
  }
  CHECK(parse_lsn("18446744073709551615", LsnNotation::decimal).value == 18'446'744'073'709'551'615U);
  CHECK(parse_lsn("0/16b3740", LsnNotation::hex_pair).value == 0x16B3740);
  CHECK(parse_lsn("00000000/016B3740", LsnNotation::hex_pair).value == 0x16B3740);
}

TEST_CASE("what is not an LSN is a usage error with an example") {
  for (const char* text : {"", "x", "-1", "+1", " 1", "1 ", "1.5", "0x10", "0/10", "18446744073709551616"}) {
    CAPTURE(text);
    const Error e = caught([&] { (void)parse_lsn(text, LsnNotation::decimal); });
    CHECK(e.code() == Errc::usage);
    CHECK(contains(e.hint(), "1234"));
    CHECK_FALSE(try_parse_lsn(text, LsnNotation::decimal));
  }
  for (const char* text : {"", "/", "0/", "/0", "1234", "0/1/2", "0/-1", "-0/1", "0/100000000", "100000000/0",
                           "0/G", "0x1/0", " 0/1"}) {
    CAPTURE(text);
    const Error e = caught([&] { (void)parse_lsn(text, LsnNotation::hex_pair); });
    CHECK(e.code() == Errc::usage);
    CHECK(contains(e.hint(), "0/16B3740"));
  }
}

TEST_CASE("transaction ids are decimal numbers") {
  CHECK(parse_xid("0").value == 0);
  CHECK(parse_xid("18446744073709551615").value == 18'446'744'073'709'551'615U);
  for (const char* text : {"", "x", "-1", "1x", "0x1", "18446744073709551616"}) {
    CAPTURE(text);
    CHECK(caught([&] { (void)parse_xid(text); }).code() == Errc::usage);
  }
}

TEST_CASE("timelines are numbers from 1 on") {
  CHECK(parse_timeline("1").value == 1);
  CHECK(parse_timeline("4294967295").value == 4'294'967'295U);
  for (const char* text : {"", "0", "x", "-1", "4294967296", "latest"}) {
    CAPTURE(text);
    CHECK(caught([&] { (void)parse_timeline(text); }).code() == Errc::usage);
  }
}
