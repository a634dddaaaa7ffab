#include "engine/sqlite/page_hashes.hpp"
#include "engine_test.hpp"

namespace pitr::sqlite {
namespace {

using Hashes = std::vector<std::uint64_t>;

Hashes read_all(const PageHashes& hashes) {
  Hashes all(hashes.page_count());
  hashes.read(1, all);
  return all;
}

// Notes of a state of three pages, under the link "state".
void note_state(const fs::path& path) {
  PageHashes hashes = PageHashes::create(path, 4096);
  hashes.set(1, Hashes{11, 12, 13});
  hashes.finish("state", 3);
}

TEST_CASE("hashes are read back for the state they speak of, and for no other") {
  const test::TempDir directory;
  const fs::path path = directory / "pages";
  CHECK_FALSE(PageHashes::open(path, "state", 4096));
  note_state(path);
  const auto hashes = PageHashes::open(path, "state", 4096);
  REQUIRE(hashes);
  CHECK(read_all(*hashes) == Hashes{11, 12, 13});
  CHECK_FALSE(PageHashes::open(path, "other", 4096));
  CHECK_FALSE(PageHashes::open(path, "state", 512));
}

TEST_CASE("hashes that were being changed are not trusted") {
  const test::TempDir directory;
  const fs::path path = directory / "pages";
  note_state(path);
  PageHashes::open(path, "state", 4096)->begin();
  CHECK_FALSE(PageHashes::open(path, "state", 4096));
}

TEST_CASE("hashes that were created and never finished are not trusted") {
  const test::TempDir directory;
  const fs::path path = directory / "pages";
  note_state(path);
  PageHashes::create(path, 4096).set(1, Hashes{1, 2, 3});
  CHECK_FALSE(PageHashes::open(path, "state", 4096));
}

TEST_CASE("hashes in a file that was cut off are not trusted") {
  const test::TempDir directory;
  const fs::path path = directory / "pages";
  note_state(path);
  const auto size = fs::file_size(path);
  for (const auto cut : {size - 1, size - 8, std::uintmax_t{4096}, std::uintmax_t{20}, std::uintmax_t{0}}) {
    CAPTURE(cut);
    fs::resize_file(path, cut);
    CHECK_FALSE(PageHashes::open(path, "state", 4096));
  }
}

TEST_CASE("a file that holds something else is not trusted") {
  const test::TempDir directory;
  const fs::path path = directory / "pages";
  for (const char* text :
       {"", "\n", "[]\n", "{\"link\":\"state\"}\n", "{\"link\":1,\"page_size\":4096,\"page_count\":0}\n"}) {
    CAPTURE(text);
    test::write_file(path, as_bytes(text + std::string(5000, '\0')));
    CHECK_FALSE(PageHashes::open(path, "state", 4096));
  }
}

TEST_CASE("of several updates of a page the last counts, in whatever order the pages come") {
  const test::TempDir directory;
  PageHashes hashes = PageHashes::create(directory / "pages", 4096);
  hashes.set({{4, 40}, {2, 20}, {4, 41}, {1, 10}, {3, 30}, {2, 21}, {4, 42}});
  hashes.finish("state", 4);
  CHECK(read_all(hashes) == Hashes{10, 21, 30, 42});
}

TEST_CASE("hashes beyond the end of a state that shrank are gone") {
  const test::TempDir directory;
  const fs::path path = directory / "pages";
  note_state(path);
  {
    auto hashes = PageHashes::open(path, "state", 4096);
    hashes->begin();
    hashes->finish("smaller", 1);
    hashes->begin();
    hashes->finish("larger", 3);
  }
  CHECK(read_all(*PageHashes::open(path, "larger", 4096)) == Hashes{11, 0, 0});
}

TEST_CASE("hashes made anew keep nothing of those before") {
  const test::TempDir directory;
  const fs::path path = directory / "pages";
  note_state(path);
  PageHashes hashes = PageHashes::create(path, 4096);
  hashes.set(1, Hashes{21});
  hashes.finish("new", 3);
  CHECK(read_all(hashes) == Hashes{21, 0, 0});
}

}  // namespace
}  // namespace pitr::sqlite
