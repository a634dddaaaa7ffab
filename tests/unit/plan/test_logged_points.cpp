#include "plan/logged_points.hpp"
#include "server_log.hpp"

#include <doctest/doctest.h>

using namespace pitr;
using namespace pitr::test;

namespace {

ServerLog& point(ServerLog& log, std::uint32_t timeline, const char* name) {
  return log.write(timeline, 10, {.kind = ServerRecord::Kind::restore_point, .time = 21, .name = name});
}

// Segments of 100, from number 2 on; both timelines have number 4, which holds the fork at 421 and what was
// before it.
ServerLog parted() {
  ServerLog log(100, 1, 2);
  log.fill(1, 400);
  point(log, 1, "common");
  log.write(1, 10);
  log.fork(2, 1, 421);
  point(log, 2, "theirs");
  point(log, 1, "ours");
  log.fill(1, 600).fill(2, 600);
  return log;
}

std::vector<std::pair<std::string, std::uint32_t>> names(const Catalogue& catalogue) {
  std::vector<std::pair<std::string, std::uint32_t>> found;
  for (const RestorePoint& point : logged_restore_points(catalogue)) {
    CHECK(point.logged);
    found.emplace_back(point.name, point.timeline.value);
  }
  return found;
}

using Names = std::vector<std::pair<std::string, std::uint32_t>>;

}  // namespace

TEST_CASE("a point that a timeline copied is listed once, where it was made") {
  const auto archive = parted().archive();
  CHECK(names(archive.loaded_catalogue()) == Names{{"common", 1}, {"ours", 1}, {"theirs", 2}});
}

TEST_CASE("a point that only the copy holds is listed as the copy's") {
  auto archive = parted().archive();
  archive.lose(1, 4);
  CHECK(names(archive.loaded_catalogue()) == Names{{"common", 2}, {"theirs", 2}});
}

TEST_CASE("points of one name are all listed, and a segment that cannot be read has none") {
  ServerLog log(100, 1, 2);
  point(log, 1, "a");
  point(log, 1, "a");
  log.fill(1, 300);
  point(log, 1, "b");
  log.fill(1, 400);
  auto archive = log.archive();
  archive.damage(1, 3);
  CHECK(names(archive.loaded_catalogue()) == Names{{"a", 1}, {"a", 1}});
}
