#include "base/file.hpp"
#include "engine/publication.hpp"
#include "support/caught.hpp"
#include "support/temp_dir.hpp"

#include <fcntl.h>

namespace pitr {
namespace {

void touch(const fs::path& path) { open_file(path, O_WRONLY | O_CREAT); }

// Two directories of one restore, its files finished in their staging directories.
struct Two {
  test::TempDir directory;
  RestorePlace main{directory / "main", directory / "main" / "staging"};
  RestorePlace other{directory / "other", directory / "other" / "staging"};
  fs::path keystone = main.staging / "key";
  Two() {
    for (const RestorePlace& place : {main, other}) fs::create_directories(place.staging);
    for (const fs::path& path : {main.staging / "a", main.staging / "b", other.staging / "\xFF c", keystone})
      touch(path);
  }
  void publish() const { pitr::publish({main, other}, keystone, main.target / "a-key"); }
};

TEST_CASE("all that is finished goes to its place, the keystone too, and nothing is left") {
  const Two two;
  two.publish();
  for (const fs::path& path :
       {two.main.target / "a", two.main.target / "b", two.other.target / "\xFF c", two.main.target / "a-key"})
    CHECK(fs::exists(path));
  CHECK(fs::is_empty(two.main.staging));
  CHECK(fs::is_empty(two.other.staging));
}

TEST_CASE("what an unfinished publication put somewhere is known until the keystone is gone") {
  const Two two;
  touch(two.main.target / "a-key");
  CHECK(test::caught([&] { two.publish(); }).code() == Errc::conflict);
  CHECK(unfinished_entries(two.main.staging) == std::set<std::string>{"a", "b"});
  CHECK(unfinished_entries(two.other.staging) == std::set<std::string>{"\xFF c"});
  fs::remove(two.keystone);
  CHECK(unfinished_entries(two.main.staging).empty());
  CHECK(unfinished_entries(two.other.staging).empty());
}

TEST_CASE("nothing that is there is replaced") {
  const Two two;
  touch(two.other.target / "\xFF c");
  CHECK(test::caught([&] { two.publish(); }).code() == Errc::conflict);
  CHECK(fs::exists(two.keystone));
}

TEST_CASE("a place that is held is known as a restore's own, and taken by the keystone last") {
  const Two two;
  const fs::path target = two.main.target / "a-key";
  hold_place(two.main, two.keystone, target);
  CHECK(fs::file_size(target) == 0);
  CHECK(unfinished_entries(two.main.staging) == std::set<std::string>{"a-key"});
  {
    const Fd fd = open_file(two.keystone, O_WRONLY);
    write_all(fd.get(), as_bytes("key"), two.keystone);
  }
  SUBCASE("after all the others") {
    two.publish();
    CHECK(fs::file_size(target) == 3);
    CHECK(fs::is_empty(two.main.staging));
  }
  SUBCASE("and stays held where another cannot be moved") {
    touch(two.main.target / "b");
    CHECK(test::caught([&] { two.publish(); }).code() == Errc::conflict);
    CHECK(fs::file_size(target) == 0);
    CHECK(unfinished_entries(two.main.staging) == std::set<std::string>{"a-key", "a", "b"});
  }
}

TEST_CASE("a place that is taken cannot be held") {
  const Two two;
  touch(two.main.target / "a-key");
  CHECK(test::caught([&] { hold_place(two.main, two.keystone, two.main.target / "a-key"); }).code() ==
        Errc::conflict);
}

TEST_CASE("a record that cannot be read proves nothing") {
  const Two two;
  for (const char* text : {"", "{}", "{\"keystone\": 7}", "{\"keystone\": \"%2Ftmp\", \"entries\": [1]}"}) {
    const Fd fd = open_file(two.main.staging / "publication.json", O_WRONLY | O_CREAT | O_TRUNC);
    write_all(fd.get(), as_bytes(text), "publication.json");
    CHECK(unfinished_entries(two.main.staging).empty());
  }
  CHECK(unfinished_entries(two.directory / "missing").empty());
}

}  // namespace
}  // namespace pitr
