#include "base/file.hpp"
#include "base/owned_files.hpp"
#include "support/temp_dir.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

using namespace pitr;
using namespace pitr::test;

namespace {

constexpr uid_t kNobody = 65534;

struct stat created(const fs::path& path) {
  return stat_of(open_file(path, O_WRONLY | O_CREAT | O_EXCL).get(), path);
}

}  // namespace

TEST_CASE("root creates files of another owner where that one may not enter, and then its own again") {
  if (geteuid() != 0) return;
  const TempDir dir;
  REQUIRE(::chmod(dir.path().c_str(), 0700) == 0);
  {
    const OwnedFiles scope(kNobody, kNobody);
    const struct stat theirs = created(dir / "theirs");
    CHECK(theirs.st_uid == kNobody);
    CHECK(theirs.st_gid == kNobody);
  }
  const struct stat ours = created(dir / "ours");
  CHECK(ours.st_uid == 0);
  CHECK(ours.st_gid == getegid());
  CHECK(::access((dir / "theirs").c_str(), W_OK) == 0);
}
