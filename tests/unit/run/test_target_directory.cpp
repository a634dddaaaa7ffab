#include "run/target_directory.hpp"
#include "support/caught.hpp"
#include "support/temp_dir.hpp"

#include <fcntl.h>

namespace pitr {
namespace {

void touch(const fs::path& path) { open_file(path, O_WRONLY | O_CREAT); }

Errc refusal(const fs::path& path) {
  return test::caught([&] { TargetDirectory(path).check(); }).code();
}

TEST_CASE("an empty or missing directory may be restored into, and looking changes nothing") {
  const test::TempDir directory;
  CHECK_NOTHROW(TargetDirectory(directory.path()).check());
  CHECK_NOTHROW(TargetDirectory(directory / "missing" / "below").check());
  CHECK(fs::is_empty(directory.path()));
}

TEST_CASE("a directory that holds anything may not") {
  for (const char* name : {"app.db", ".hidden", ".pitrctl.json"}) {
    const test::TempDir directory;
    touch(directory / name);
    CHECK(refusal(directory.path()) == Errc::conflict);
    CHECK(test::caught([&] { TargetDirectory(directory.path()).prepare(); }).code() == Errc::conflict);
    CHECK(fs::exists(directory / name));
  }
}

TEST_CASE("a file is no target directory") {
  const test::TempDir directory;
  touch(directory / "file");
  CHECK(refusal(directory / "file") == Errc::conflict);
}

TEST_CASE("what a restore that did not end left is cleared away, and nothing else") {
  const test::TempDir directory;
  {
    TargetDirectory first(directory.path());
    first.prepare();
    touch(first.staging() / "app.db.partial");
    touch(directory / ".pitrctl.json");
  }
  TargetDirectory second(directory.path());
  CHECK_NOTHROW(second.check());
  second.prepare();
  CHECK(fs::is_empty(second.staging()));
  CHECK_FALSE(fs::exists(directory / ".pitrctl.json"));
  second.finish();
  CHECK(fs::is_empty(directory.path()));
}

TEST_CASE("what is not a restore's own stops the next one, also beside what is") {
  const test::TempDir directory;
  TargetDirectory(directory.path()).prepare();
  touch(directory / "app.db");
  CHECK(refusal(directory.path()) == Errc::conflict);
}

TEST_CASE("two restores never share a directory") {
  const test::TempDir directory;
  TargetDirectory first(directory.path());
  first.prepare();
  TargetDirectory second(directory.path());
  CHECK(test::caught([&] { second.prepare(); }).code() == Errc::unavailable);
}

TEST_CASE("missing directories are made") {
  const test::TempDir directory;
  TargetDirectory target(directory / "a" / "b");
  target.prepare();
  CHECK(fs::is_directory(target.staging()));
}

}  // namespace
}  // namespace pitr
