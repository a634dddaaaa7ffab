#include "engine/postgresql/history.hpp"
#include "support/caught.hpp"

#include <doctest/doctest.h>

namespace pitr::postgresql {
namespace {

using test::caught;

TEST_CASE("a history tells the ancestors, oldest first, and where each was left") {
  const auto ancestors = parse_history(
      "1\t0/4005A38\tat restore point \"fork here\"\n"
      "# a comment\n"
      "\n"
      "2\t1/F5000028\tno recovery target specified\n",
      {3}, "h");
  REQUIRE(ancestors.size() == 2);
  CHECK(ancestors[0].timeline == TimelineId{1});
  CHECK(ancestors[0].fork == Lsn{0x4005A38});
  CHECK(ancestors[0].reason == "at restore point \"fork here\"");
  CHECK(ancestors[1].timeline == TimelineId{2});
  CHECK(ancestors[1].fork == Lsn{0x1F5000028});
}

TEST_CASE("the last line needs no end, and a history may be empty") {
  CHECK(parse_history("1\t0/28", {2}, "h").size() == 1);
  CHECK(parse_history("", {2}, "h").empty());
}

TEST_CASE("an ancestor that was left before it began is none") {
  const auto two = parse_history("1\t0/30\tr\n2\t0/28\ts\n", {3}, "h");
  REQUIRE(two.size() == 1);
  CHECK(two[0].timeline == TimelineId{1});
  CHECK(two[0].fork == Lsn{0x28});
  CHECK(two[0].reason == "s");
  const auto three = parse_history("1\t0/10\n2\t0/20\n3\t0/30\n4\t0/18\n", {5}, "h");
  REQUIRE(three.size() == 2);
  CHECK(three[1].timeline == TimelineId{2});
  CHECK(three[1].fork == Lsn{0x18});
  CHECK(parse_history("1\t0/10\n2\t0/20\n3\t0/8\n", {5}, "h").at(0).fork == Lsn{8});
}

TEST_CASE("what is no history is refused, and the line is named") {
  for (const char* bad : {"x\t0/28\tr\n", "1\n", "1\t0-28\tr\n", "0\t0/28\tr\n", "3\t0/28\tr\n", "1x\t0/28\n",
                          "-1\t0/28\n", "2\t0/28\n1\t0/30\n", "99999999999\t0/28\n"}) {
    CAPTURE(bad);
    const Error error = caught([&] { parse_history(std::string("# first\n") + bad, {3}, "h"); });
    CHECK(error.code() == Errc::corrupt);
    CHECK(std::string(error.what()).find("line ") != std::string::npos);
  }
}

}  // namespace
}  // namespace pitr::postgresql
