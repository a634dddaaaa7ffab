#include "engine/postgresql/tablespaces.hpp"
#include "support/caught.hpp"
#include "support/temp_dir.hpp"

namespace pitr::postgresql {
namespace {

using Mapping = std::vector<std::pair<std::string, fs::path>>;

SnapshotData two() {
  SnapshotData data;
  data.tablespaces = {{16400, "fast", "/srv/fast"}, {16401, "slow", "/srv/slow/"}};
  return data;
}

std::vector<fs::path> located(const Mapping& mapping, const SnapshotData& data = two()) {
  RecoveryOptions options;
  options.tablespaces = mapping;
  return tablespace_locations(data, options, "/restored");
}

bool refused(const Mapping& mapping, const SnapshotData& data = two()) {
  return test::caught([&] { static_cast<void>(located(mapping, data)); }).code() == Errc::usage;
}

TEST_CASE("a tablespace goes where it was, or where it is told to go, by name or OID") {
  CHECK(located({}) == std::vector<fs::path>{"/srv/fast", "/srv/slow"});
  CHECK(located({{"slow", "/new/"}}) == std::vector<fs::path>{"/srv/fast", "/new"});
  CHECK(located({{"16400", "/a"}, {"slow", "/b"}}) == std::vector<fs::path>{"/a", "/b"});
}

TEST_CASE("a mapping that cannot be followed is refused") {
  CHECK(refused({{"none", "/a"}}));
  CHECK(refused({{"16402", "/a"}}));
  CHECK(refused({{"fast", "a"}}));
  CHECK(refused({{"fast", "/a"}, {"16400", "/b"}}));
  CHECK(refused({{"fast", "/a"}, {"slow", "/a"}}));
  CHECK(refused({{"fast", "/a"}, {"slow", "/a/b"}}));
  CHECK(refused({{"fast", "/a/b"}, {"slow", "/a"}}));
  CHECK(refused({{"fast", "/restored"}}));
  CHECK(refused({{"fast", "/restored/x/../pg_tblspc/y"}}));
  CHECK(refused({{"fast", "/"}}));
  CHECK_NOTHROW(located({{"fast", "/restored-fast"}}));
}

TEST_CASE("a name that is also another's OID is ambiguous") {
  SnapshotData data = two();
  data.tablespaces[0].name = "16401";
  CHECK(refused({{"16401", "/a"}}, data));
  CHECK(located({{"slow", "/a"}}, data).at(1) == "/a");
}

TEST_CASE("directories are told apart by what they are, not by how they are reached") {
  const test::TempDir directory;
  fs::create_directory(directory / "real");
  fs::create_symlink(directory / "real", directory / "link");
  CHECK(refused({{"fast", directory / "real"}, {"slow", directory / "link"}}));
}

TEST_CASE("the map that the server reads escapes what would end a line") {
  CHECK(tablespace_map(two(), {"/a", "/b\\c\nd"}) == "16400 /a\n16401 /b\\\\c\\\nd\n");
}

}  // namespace
}  // namespace pitr::postgresql
