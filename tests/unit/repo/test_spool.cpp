#include "repo/spool.hpp"
#include "unit/repo/repo_test.hpp"

#include <cstdlib>

#include <boost/filesystem/operations.hpp>

namespace pitr {

namespace {

using namespace test;

// Sets TMPDIR for as long as it lives.
class TemporaryDirectory {
 public:
  explicit TemporaryDirectory(const fs::path& path) {
    const char* before = std::getenv("TMPDIR");
    had_one_ = before != nullptr;
    if (had_one_) before_ = before;
    ::setenv("TMPDIR", path.c_str(), 1);
  }
  ~TemporaryDirectory() {
    if (had_one_) {
      ::setenv("TMPDIR", before_.c_str(), 1);
    } else {
      ::unsetenv("TMPDIR");
    }
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

 private:
  bool had_one_ = false;
  std::string before_;
};

Bytes fill(Spool& spool, Random& random, std::size_t size) {
  Bytes all;
  while (all.size() < size) {
    const auto part =
        random_bytes(random, std::min<std::size_t>(between(random, 1, 3000), size - all.size()));
    spool.write(part);
    append(all, part);
  }
  return all;
}

}  // namespace

TEST_CASE("a spool gives back what was written, in memory or beyond") {
  Random random(test_seed());
  for (const std::size_t size : {0U, 1U, 9999U, 10000U, 10001U, 100000U}) {
    Spool spool(10000);
    const auto all = fill(spool, random, size);
    CHECK(spool.size() == size);
    CHECK(drain(*spool.source()) == all);
  }
}

TEST_CASE("a spool can be read more than once, and at the same time") {
  Random random(test_seed());
  Spool spool(10);
  const auto all = fill(spool, random, 5000);
  const auto first = spool.source();
  const auto second = spool.source();
  CHECK(drain(*first) == all);
  CHECK(drain(*second) == all);
}

TEST_CASE("a spool touches no file until its limit is passed") {
  const TemporaryDirectory nowhere("/nonexistent/place");
  Spool spool(10);
  spool.write(bytes_of("0123456789"));
  CHECK(drain(*spool.source()) == bytes_of("0123456789"));
  const auto problem = caught([&] { spool.write(bytes_of("!")); });
  CHECK(problem.code() == Errc::io_error);
  CHECK(contains(problem.what(), "/nonexistent/place"));
}

TEST_CASE("a spool's file has no name that a crash could leave") {
  const TempDir directory;
  const TemporaryDirectory here(directory.path());
  Spool spool(10);
  spool.write(bytes_of("more than ten bytes"));
  CHECK(fs::is_empty(directory.path()));
  CHECK(drain(*spool.source()) == bytes_of("more than ten bytes"));
}

}  // namespace pitr
