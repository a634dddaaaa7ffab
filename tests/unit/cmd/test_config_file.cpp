#include "cmd/config_file.hpp"
#include "support/caught.hpp"

#include <sstream>

#include <doctest/doctest.h>

using namespace pitr;
using namespace pitr::cmd;
using pitr::test::caught;

namespace {

std::vector<ConfigEntry> read(const std::string& text) {
  std::istringstream input(text);
  return read_config(input, "pitr.toml");
}

std::string refusal(const std::string& text) {
  return caught([&] { read(text); }).what();
}

}  // namespace

TEST_CASE("sections, comments and the three kinds of value are read") {
  const auto entries = read(
      "# comment\n"
      "repo = \"/backup/a # b\"  # not a comment inside the quotes\n"
      "jobs=8\r\n"
      "json = true\n"
      "\n"
      "[ restore-point.create ]\n"
      "no-bridge = false\n"
      "x = 'C:\\new'\n"
      "y = \"q\\\"\\\\\\t\"\n");
  REQUIRE(entries.size() == 6);
  CHECK(entries[0].value == "/backup/a # b");
  CHECK(entries[0].line == 2);
  CHECK(entries[1].kind == ConfigEntry::Kind::integer);
  CHECK(entries[2].kind == ConfigEntry::Kind::boolean);
  CHECK(entries[3].full_name() == "restore-point.create.no-bridge");
  CHECK(entries[3].line == 7);
  CHECK(entries[4].value == "C:\\new");
  CHECK(entries[5].value == "q\"\\\t");
}

TEST_CASE("what is not understood is refused with file and line") {
  CHECK(refusal("\nrepo\n") == "pitr.toml:2: expected '=' after repo");
  CHECK(refusal("repo = ") == "pitr.toml:1: repo has no value");
  CHECK(refusal("repo = \"a") == "pitr.toml:1: a string has no closing quote");
  CHECK(refusal("repo = 'a") == "pitr.toml:1: a string has no closing quote");
  CHECK(refusal("repo = \"a\\x\"").starts_with("pitr.toml:1: only "));
  CHECK(refusal("repo = \"a\\").starts_with("pitr.toml:1: only "));
  CHECK(refusal("repo = /backup").starts_with("pitr.toml:1: /backup is neither "));
  CHECK(refusal("jobs = 4 5") == "pitr.toml:1: there is something after the end of the value");
  CHECK(refusal("jobs = -4").starts_with("pitr.toml:1: -4 is neither "));
  CHECK(refusal("jobs = 1\njobs = 2") == "pitr.toml:2: jobs is given twice");
  CHECK(refusal("[list\n") == "pitr.toml:1: a section begins with a line such as [restore]");
  CHECK(refusal("[]\n") == "pitr.toml:1: expected the name of an option");
  CHECK(refusal("= 4\n") == "pitr.toml:1: expected the name of an option");
  CHECK(refusal(std::string(70'000, 'x')) == "pitr.toml:1: the line is too long");
  CHECK(caught([] { read("="); }).code() == Errc::usage);
}
