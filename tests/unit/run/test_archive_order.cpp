// What a run of the archiver does in which order, and what it passes on, of a database whose chain begins
// with an empty log.

#include "run/source_comparison.hpp"
#include "run_test.hpp"
#include "store/store.hpp"
#include "support/counting_engine.hpp"
#include "support/temp_dir.hpp"

#include <string>
#include <vector>

using namespace pitr;
using namespace pitr::test;

namespace {

constexpr const char* kVariable = "PITRCTL_TEST_COUNTING_KEY";

struct CountingWorld {
  TempDir directory;
  PhaseHook progress;
  std::vector<std::string> warnings;
  Context context{(directory / "repo").string(), 2, progress,
                  [this](std::string_view warning) { warnings.emplace_back(warning); }};
  CountingDatabase database;
  CountingEngine engine{database};
  Repository repository = init();

  Repository init() const {
    ::setenv("XDG_STATE_HOME", (directory / "xdg").c_str(), 1);
    return Repository::init(open_store(context.repository_url, true), "counting", LsnNotation::decimal, {});
  }
  ArchiveReport archive(bool take_snapshot = false) { return archive_as(engine, take_snapshot); }
  ArchiveReport archive_as(const Engine& as, bool take_snapshot = false) const {
    ArchiveRequest request;
    request.source = "/counting";
    request.take_snapshot = take_snapshot;
    return archive_database(context, request, repository, as);
  }
};

std::string contents(const ArchiveReport& report) {
  std::string text;
  for (const ArchivedSegment& segment : report.segments)
    text += (text.empty() ? "" : " ") + std::string(content_name(segment.content));
  return text;
}

}  // namespace

TEST_CASE("a chain that begins before the log gets all of the log in the same run") {
  CountingWorld world;
  world.database.commits = 5;
  const ArchiveReport report = world.archive();
  CHECK(contents(report) == "start mark log");
  CHECK(report.commits == 5U);
  CHECK(report.head->lsn == Lsn{5});
  const Catalogue catalogue = world.repository.load_catalogue();
  REQUIRE(catalogue.snapshots.size() == 1);
  CHECK(catalogue.snapshots[0].empty);
  CHECK(world.archive().segments.empty());
}

TEST_CASE("a snapshot that was asked for holds what the log did") {
  CountingWorld world;
  SUBCASE("of a database with a log") {
    world.database.commits = 5;
    CHECK(contents(world.archive(true)) == "start mark log mark");
    const Catalogue catalogue = world.repository.load_catalogue();
    REQUIRE(catalogue.snapshots.size() == 2);
    CHECK_FALSE((catalogue.snapshots[0].empty && catalogue.snapshots[1].empty));
  }
  SUBCASE("of an empty one once") {
    CHECK(contents(world.archive(true)) == "start mark");
    CHECK(contents(world.archive(true)) == "mark");
  }
}

TEST_CASE("when the log moves under a snapshot it is looked at again first") {
  CountingWorld world;
  world.database.commits = 2;
  world.archive();
  world.database.moves = 1;
  const ArchiveReport report = world.archive(true);
  CHECK(contents(report) == "log mark");
  CHECK(report.head->lsn == Lsn{3});
}

TEST_CASE("damage of the live log is told after everything was stored") {
  CountingWorld world;
  world.database.commits = 5;
  world.database.damage = "record 6 is damaged";
  const ArchiveReport report = world.archive();
  CHECK(contents(report) == "start mark log");
  CHECK(report.damage == std::vector<std::string>{"record 6 is damaged"});
  CHECK(is_damaged(report));
  CHECK(is_damaged(world.archive()));
  world.database.damage.clear();
  CHECK_FALSE(is_damaged(world.archive()));
}

TEST_CASE("remarks are warned of in every run, each once") {
  CountingWorld world;
  world.database.log_remarks = {"half a record at the end"};
  world.database.remarks = {"not every commit is synced"};
  const std::vector<std::string> both{"not every commit is synced", "half a record at the end"};
  world.archive();
  CHECK(world.warnings == both);
  world.warnings.clear();
  world.archive();
  CHECK(world.warnings == both);
}

TEST_CASE("a comparison with the live database finds its log damaged") {
  CountingWorld world;
  world.archive();
  world.database.damage = "record 1 is damaged";
  world.warnings.clear();
  world.database.log_remarks = {"half a record at the end"};
  Catalogue catalogue = world.repository.load_catalogue();
  SourceComparison comparison;
  const auto findings = compare_with_source(world.context, {world.repository, world.engine, nullptr},
                                            catalogue, "/counting", comparison);
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].code == Errc::corrupt);
  CHECK(findings[0].message == "host:/counting: record 1 is damaged");
  CHECK(comparison.commits_not_archived == 0U);
  CHECK(world.warnings == std::vector<std::string>{"half a record at the end"});
}

TEST_CASE("whoever captures or scans gets the key") {
  CountingWorld world;
  const CountingEngine engine(world.database, kVariable);
  world.database.commits = 2;
  ::setenv(kVariable, "open sesame", 1);
  world.archive_as(engine);
  ::unsetenv(kVariable);
  CHECK(world.database.keys == std::vector<std::optional<std::string>>{"open sesame"});

  Catalogue catalogue = world.repository.load_catalogue();
  const TransactionFilter filter;
  const SourceKey key{"open sesame", ""};
  CHECK(list_transactions({world.repository, engine, &key}, filter, catalogue).transactions.size() == 2);
  const Error refused = caught([&] { list_transactions({world.repository, engine}, filter, catalogue); });
  CHECK(refused.code() == Errc::usage);
  CHECK(contains(refused.what(), "is encrypted, and a transaction cannot be found in it without its key"));

  PlanRequest request;
  request.target = ToLsn{{1}};
  const auto with_key = make_plan({world.repository, engine, &key}, catalogue, request, 1);
  CHECK(std::get<Plan>(with_key).first_dropped.has_value());
  const auto without = make_plan({world.repository, engine}, catalogue, request, 1);
  CHECK_FALSE(std::get<Plan>(without).first_dropped.has_value());
}
