#include "base/json.hpp"
#include "cmd/app.hpp"
#include "cmd/exit_code.hpp"
#include "support/caught.hpp"
#include "support/temp_dir.hpp"

#include <sstream>

#include <doctest/doctest.h>

using namespace pitr;
using namespace pitr::cmd;
using pitr::test::contains;
using pitr::test::TempDir;

namespace {

struct Outcome {
  int status = 0;
  std::string out;
  std::string err;
};

Outcome run(const std::vector<std::string>& arguments) {
  unsetenv("PITRCTL_REPO");
  std::ostringstream out;
  std::ostringstream err;
  const int status = run_app(arguments, Terminal(), {out, err});
  return {status, out.str(), err.str()};
}

}  // namespace

TEST_CASE("every code has its exit status") {
  CHECK(exit_code(Errc::io_error) == 1);
  CHECK(exit_code(Errc::internal) == 1);
  CHECK(exit_code(Errc::usage) == 2);
  CHECK(exit_code(Errc::not_found) == 3);
  CHECK(exit_code(Errc::no_base_snapshot) == 3);
  CHECK(exit_code(Errc::ambiguous_target) == 3);
  CHECK(exit_code(Errc::wal_gap) == 4);
  CHECK(exit_code(Errc::target_unreachable) == 5);
  CHECK(exit_code(Errc::corrupt) == 6);
  CHECK(exit_code(Errc::conflict) == 7);
  CHECK(exit_code(Errc::log_conflict) == 7);
  CHECK(exit_code(Errc::unavailable) == 8);
  CHECK(exit_code(Errc::promise_broken) == 9);
}

TEST_CASE("a failure is error and hint on standard error") {
  const Outcome outcome = run({"lsit"});
  CHECK(outcome.status == 2);
  CHECK(outcome.out.empty());
  CHECK(outcome.err == "error: pitrctl has no command 'lsit'\nhint: did you mean list?\n");
}

TEST_CASE("with --json a failure is one document on standard output and nothing else") {
  const Outcome outcome = run({"--json", "lsit"});
  CHECK(outcome.status == 2);
  CHECK(outcome.err.empty());
  const Json error = parse_json(outcome.out, "output").at("error");
  CHECK(error.at("code") == "usage");
  CHECK(error.at("message") == "pitrctl has no command 'lsit'");
  CHECK(error.at("hint") == "did you mean list?");
}

TEST_CASE("help goes to standard output") {
  const Outcome outcome = run({"--help"});
  CHECK(outcome.status == 0);
  CHECK(outcome.err.empty());
  CHECK(contains(outcome.out, "Usage: pitrctl"));
}

TEST_CASE("a repository is created, listed and validated, in text and in JSON") {
  const TempDir dir;
  const std::string repo = (dir / "repo").string();
  const Outcome created = run({"--json", "init", "-r", repo});
  CHECK(created.status == 0);
  CHECK(parse_json(created.out, "output").at("schema") == "pitrctl/init/1");
  CHECK(run({"init", "-r", repo}).status == 7);
  const Outcome listed = run({"list", "-r", repo});
  CHECK(listed.status == 0);
  CHECK(contains(listed.out, "nothing is archived here yet"));
  CHECK(parse_json(run({"list", "windows", "-r", repo, "--json"}).out, "output").at("windows").empty());
  const Outcome valid = run({"validate", "-r", repo, "--quiet"});
  CHECK(valid.status == 0);
  CHECK(valid.out.empty());
  CHECK(run({"restore", "-r", repo, "--target-dir", (dir / "t").string()}).status == 3);
}

TEST_CASE("no repository is exit 3, with a hint") {
  const TempDir dir;
  const Outcome outcome = run({"list", "-r", (dir / "nothing").string()});
  CHECK(outcome.status == 3);
  CHECK(contains(outcome.err, "hint: "));
}

TEST_CASE("a full disk under standard output is a failure, a reader that went away is not") {
  std::ostringstream full;
  full.setstate(std::ios::badbit);
  std::ostringstream err;
  CHECK(run_app({"--version"}, Terminal(), {full, err}) == 1);
  CHECK(contains(err.str(), "cannot write to standard output"));
}

TEST_CASE("every failure of fetch is 200, so that PostgreSQL's recovery stops") {
  const TempDir dir;
  const std::string repo = (dir / "repo").string();
  const std::string to = (dir / "to").string();
  const std::string segment = "000000010000000000000003";
  const std::vector<std::vector<std::string>> failing{
      {"fetch", segment, to},
      {"fetch", segment, to, "-r", repo},
      {"fetch", segment, "-r", repo},
      {"fetch", "-r", repo},
      {"fetch", segment, to, "more", "-r", repo},
      {"fetch", segment, to, "-r", repo, "--no-such-option"},
      {"fetch", segment, to, "-r", repo, "--timeline"},
      {"fetch", segment, to, "-r", repo, "--timeline", "x"},
      {"fetch", segment, to, "-r", repo, "--require-through", "x"},
      {"fetch", segment, to, "-r", repo, "--repository-id", "x"},
      {"fetch", segment, to, "-r", repo, "--prefetch", "65"},
      {"fetch", segment, to, "-r", repo, "--config", (dir / "none").string()},
      {"fetch", segment, to, "-r", repo, "--quiet", "--verbose"},
      {"fetch", segment, to, "--repo="},
      {"--no-such-option", "-r", repo, "fetch", segment, to},
      {"-r", repo, "fetch", segment, to, "--jobs", "0"},
      {"-r", "s3://bucket/x", "fetch", segment, to},
      {"--json", "-r", repo, "fetch", segment, to},
  };
  for (const auto& arguments : failing) {
    CAPTURE(arguments);
    CHECK(run(arguments).status == 200);
  }
  CHECK(run({"init", "-r", repo}).status == 0);
  CHECK(run({"fetch", segment, to, "-r", repo}).status == 200);
  std::ostringstream full;
  full.setstate(std::ios::badbit);
  std::ostringstream err;
  CHECK(run_app({"fetch", segment, to, "-r", repo, "--json"}, Terminal(), {full, err}) == 200);
}

TEST_CASE("fetch is a command only where a command stands") {
  const TempDir dir;
  CHECK(run({"fetch", "--help"}).status == 0);
  CHECK(run({"restore", "--target-dir", "fetch", "-r", (dir / "none").string()}).status == 3);
  CHECK(run({"list", "-r", (dir / "none").string(), "--", "fetch"}).status == 2);
}

TEST_CASE("fetch answers 1 only for what certainly is not archived") {
  const TempDir dir;
  const std::string repo = (dir / "repo").string();
  CHECK(run({"init", "--engine", "postgresql", "-r", repo}).status == 0);
  const std::vector<std::string> fetch{"fetch", "00000002.history", (dir / "to").string(), "-r", repo};
  const Outcome outcome = run(fetch);
  CHECK(outcome.status == 1);
  CHECK(outcome.out == "00000002.history is not archived: nothing of timeline 2 is archived\n");
  CHECK(outcome.err.empty());
  auto json = fetch;
  json.emplace_back("--json");
  const Outcome document = run(json);
  CHECK(document.status == 1);
  CHECK(parse_json(document.out, "output").at("found") == false);
  auto quiet = fetch;
  quiet.emplace_back("--quiet");
  CHECK(run(quiet).out.empty());
}
