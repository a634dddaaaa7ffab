#include "engine/publication.hpp"
#include "run/space.hpp"
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

TEST_CASE(
    "what a restore was moving into place when it was killed is its own, and no more once it is whole") {
  const test::TempDir directory;
  const fs::path path = directory / "target";
  const fs::path keystone = path / ".pitrctl-restore" / "key";
  {
    TargetDirectory first(path);
    first.prepare();
    fs::create_directory(first.staging() / "base");
    touch(first.staging() / "base" / "1");
    touch(keystone);
    const auto unfinished = [&] { publish({{path, first.staging()}}, keystone, path / "missing" / "key"); };
    CHECK(test::caught(unfinished).code() == Errc::io_error);
  }
  REQUIRE(fs::exists(path / "base" / "1"));
  TargetDirectory second(path);
  CHECK(second.is_free());
  fs::rename(keystone, path / "key");
  CHECK_FALSE(second.is_free());
  CHECK(refusal(path) == Errc::conflict);
  fs::rename(path / "key", keystone);
  second.prepare();
  CHECK_FALSE(fs::exists(path / "base"));
}

TEST_CASE("in place nothing is removed, and no other restore may come") {
  const test::TempDir directory;
  touch(directory / "database");
  TargetDirectory target(directory.path());
  target.prepare_in_place();
  touch(target.staging() / "note");
  CHECK(fs::exists(directory / "database"));
  TargetDirectory other(directory.path());
  CHECK(test::caught([&] { other.prepare_in_place(); }).code() == Errc::unavailable);
  fs::remove(target.staging() / "note");
  target.finish();
  CHECK(fs::exists(directory / "database"));
  CHECK_FALSE(fs::exists(target.staging()));
}

TEST_CASE("what directories in one file system need counts together") {
  const test::TempDir directory;
  const std::uint64_t free = free_space(directory.path());
  CHECK_NOTHROW(check_space({{directory / "a" / "b", 1}, {directory / "c", 1}}));
  CHECK(test::caught([&] {
          check_space({{directory / "a", free / 4 * 3}, {directory / "b", free / 4 * 3}});
        }).code() == Errc::io_error);
  CHECK(nearest_existing(directory / "a" / "b") == directory.path());
}

}  // namespace
}  // namespace pitr
