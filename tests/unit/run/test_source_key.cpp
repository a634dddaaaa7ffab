#include "run/engines.hpp"
#include "run/source_key.hpp"
#include "run_test.hpp"
#include "support/counting_engine.hpp"
#include "support/temp_dir.hpp"

#include <fstream>
#include <string>

#include <fmt/format.h>

using namespace pitr;
using namespace pitr::test;

namespace {

constexpr const char* kVariable = "PITRCTL_TEST_KEY";

struct KeyWorld {
  TempDir directory;
  NoProgress progress;
  Context context{"", 1, progress};
  CountingDatabase database;
  CountingEngine engine{database, kVariable};

  KeyWorld() { ::unsetenv(kVariable); }
  ~KeyWorld() { ::unsetenv(kVariable); }
  fs::path write(const std::string& text) {
    const fs::path path = directory / "key";
    std::ofstream(path.string(), std::ios::binary) << text;
    context.source_key_file = path;
    return path;
  }
  [[nodiscard]] Error refused() const {
    return caught([&] { (void)source_key(context, engine); });
  }
};

}  // namespace

TEST_CASE("a key is read from its file, without the end of the line") {
  KeyWorld world;
  ::setenv(kVariable, "another", 1);
  const fs::path path = world.write("c2VjcmV0\r\n");
  const auto key = source_key(world.context, world.engine);
  REQUIRE(key);
  CHECK(key->text == "c2VjcmV0");
  CHECK(key->origin == "--source-key-file " + path.string());
}

TEST_CASE("a key is read from the variable where no file is named") {
  KeyWorld world;
  CHECK_FALSE(source_key(world.context, world.engine));
  ::setenv(kVariable, "", 1);
  CHECK_FALSE(source_key(world.context, world.engine));
  ::setenv(kVariable, "c2VjcmV0", 1);
  const auto key = source_key(world.context, world.engine);
  REQUIRE(key);
  CHECK(key->text == "c2VjcmV0");
  CHECK(key->origin == fmt::format("${}", kVariable));
}

TEST_CASE("what cannot be a key file is named, and what it holds is not shown") {
  KeyWorld world;
  const auto check = [&](const Error& error) {
    CHECK(error.code() == Errc::usage);
    CHECK(contains(error.what(), world.context.source_key_file->string()));
    CHECK_FALSE(contains(error.what(), "sss"));
  };
  world.write("\n");
  check(world.refused());
  world.write(std::string(5000, 's'));
  check(world.refused());
  world.context.source_key_file = world.directory / "absent";
  check(world.refused());
}

TEST_CASE("databases without keys take no key file, and their environment does not matter") {
  KeyWorld world;
  world.write("c2VjcmV0");
  for (const char* name : {"sqlite", "postgresql"}) {
    const Error error = caught([&] { (void)source_key(world.context, engine_named(name)); });
    CHECK(error.code() == Errc::usage);
    CHECK(error.what() == fmt::format("{} databases have no key", name));
    CHECK_NOTHROW((void)source_key(Context{"", 1, world.progress}, engine_named(name)));
  }
}

TEST_CASE("databases that keep nothing in memory alone take no --generation-only") {
  RecoveryOptions options;
  options.generation_only = true;
  for (const char* name : {"sqlite", "postgresql"}) {
    const Error error =
        caught([&] { (void)engine_named(name).check_recovery(SnapshotManifest(), options, "/target"); });
    CHECK(error.code() == Errc::usage);
    CHECK(error.hint() == "leave out --generation-only");
  }
}
