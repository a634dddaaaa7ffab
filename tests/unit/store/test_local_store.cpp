#include "base/atomic_file.hpp"
#include "store/local_store.hpp"
#include "stores.hpp"
#include "support/caught.hpp"
#include "support/child.hpp"
#include "support/seed.hpp"
#include "support/temp_dir.hpp"

#include <atomic>
#include <thread>

#include <fcntl.h>
#include <sys/stat.h>

using namespace pitr;
using namespace pitr::test;

namespace {

using Keys = std::vector<std::string>;

void put(const fs::path& path, std::string_view text) {
  const Fd fd = open_file(path, O_WRONLY | O_CREAT | O_TRUNC);
  write_all(fd.get(), as_bytes(text), path);
}

LocalStore store_in(const TempDir& dir) { return {dir.path(), dir.path().string()}; }

}  // namespace

TEST_CASE("an object is read as it was created") {
  const TempDir dir;
  LocalStore store = store_in(dir);
  CHECK(create(store, "a/b/c", "some bytes"));
  CHECK(text_of(store, "a/b/c") == "some bytes");
  CHECK(store.size_of("a/b/c") == 10);
  CHECK(keys_in(store) == Keys{"a/b/c"});
  CHECK(create(store, "empty", ""));
  CHECK(text_of(store, "empty").empty());
  CHECK(store.size_of("empty") == 0);
}

TEST_CASE("a large object is stored whole, however its source hands it out") {
  const TempDir dir;
  LocalStore store = store_in(dir);
  Random random(test_seed());
  std::string text(3 * 1024 * 1024 + 17, '\0');
  for (char& c : text) c = static_cast<char>(random());
  MemorySource source(text, 100'003);
  CHECK(store.create("big", source, text.size()));
  CHECK(text_of(store, "big") == text);
}

TEST_CASE("part of an object is read, and less where it ends") {
  const TempDir dir;
  LocalStore store = store_in(dir);
  REQUIRE(create(store, "k", "0123456789"));
  const auto part = [&](std::uint64_t offset, std::uint64_t length) {
    return std::string(as_text(store.read("k", offset, length).value()));
  };
  CHECK(part(2, 3) == "234");
  CHECK(part(8, 100) == "89");
  CHECK(part(0, 0).empty());
  CHECK(part(10, 1).empty());
  CHECK(part(~std::uint64_t{0}, ~std::uint64_t{0}).empty());
  CHECK(part(5, ~std::uint64_t{0}) == "56789");
}

TEST_CASE("an object that is not there is nothing") {
  const TempDir dir;
  LocalStore store = store_in(dir);
  REQUIRE(create(store, "a/b", "x"));
  for (const char* key : {"absent", "a/absent", "absent/b", "a/b/below", "a"}) {
    CAPTURE(key);
    CHECK_FALSE(store.read(key, 0, 10));
    CHECK_FALSE(store.size_of(key));
  }
}

TEST_CASE("a key that is taken stays what it is") {
  const TempDir dir;
  LocalStore store = store_in(dir);
  REQUIRE(create(store, "a/k", "first"));
  CHECK_FALSE(create(store, "a/k", "second"));
  CHECK(text_of(store, "a/k") == "first");
  CHECK_FALSE(create(store, "a", "where a folder is"));
  CHECK(keys_in(store) == Keys{"a/k"});
}

TEST_CASE("a folder cannot be where an object is") {
  const TempDir dir;
  LocalStore store = store_in(dir);
  REQUIRE(create(store, "a", "x"));
  CHECK(caught([&] { (void)create(store, "a/b", "y"); }).code() == Errc::io_error);
  CHECK(keys_in(store) == Keys{"a"});
}

TEST_CASE("a source that ends early or late stores nothing") {
  const TempDir dir;
  LocalStore store = store_in(dir);
  for (const std::uint64_t announced : {0U, 9U, 11U}) {
    MemorySource source("0123456789");
    CHECK(caught([&] { (void)store.create("k", source, announced); }).code() == Errc::internal);
  }
  CHECK(keys_in(store).empty());
}

TEST_CASE("a source that fails stores nothing") {
  class Failing : public ByteSource {
    std::size_t read(std::span<std::byte>) override { throw Error(Errc::corrupt, "bad block"); }
  };
  const TempDir dir;
  LocalStore store = store_in(dir);
  Failing source;
  CHECK(caught([&] { (void)store.create("k", source, 10); }).code() == Errc::corrupt);
  CHECK(keys_in(store).empty());
  CHECK(fs::is_empty(dir.path()));
}

TEST_CASE("keys that would leave the root, or hide in it, are refused") {
  const TempDir dir;
  fs::create_directory(dir / "root");
  put(dir / "outside", "secret");
  LocalStore store(dir / "root", "here");
  for (const std::string& key :
       {std::string(), std::string("/"), std::string("../outside"), std::string("a/../../outside"),
        std::string("/etc/hostname"), std::string("a//b"), std::string("a/"), std::string("./a"),
        std::string("a/."), std::string("a\0b", 3), std::string(".pitrctl-0123456789abcdef.tmp"),
        std::string(".pitrctl-0123456789abcdef.tmp/a")}) {
    CAPTURE(key);
    CHECK(caught([&] { (void)create(store, key, "x"); }).code() == Errc::internal);
    CHECK(caught([&] { (void)store.read(key, 0, 1); }).code() == Errc::internal);
    CHECK(caught([&] { (void)store.size_of(key); }).code() == Errc::internal);
  }
  for (const char* prefix : {"a", "../", "/", "a//", "a/../"}) {
    CAPTURE(prefix);
    CHECK(caught([&] { (void)keys_in(store, prefix); }).code() == Errc::internal);
  }
}

TEST_CASE("links are not followed, but noticed") {
  const TempDir dir;
  fs::create_directories(dir / "root");
  fs::create_directories(dir / "elsewhere");
  put(dir / "elsewhere/object", "outside");
  fs::create_symlink(dir / "elsewhere", dir / "root/packs");
  fs::create_symlink(dir / "elsewhere/object", dir / "root/object");
  LocalStore store(dir / "root", "here");
  CHECK(keys_in(store) == Keys{"object", "packs"});
  CHECK(caught([&] { (void)store.read("object", 0, 1); }).code() == Errc::io_error);
  CHECK(caught([&] { (void)store.size_of("object"); }).code() == Errc::io_error);
  CHECK(caught([&] { (void)store.read("packs/object", 0, 1); }).code() == Errc::io_error);
  CHECK(caught([&] { (void)keys_in(store, "packs/"); }).code() == Errc::io_error);
  CHECK(caught([&] { (void)create(store, "packs/new", "x"); }).code() == Errc::io_error);
  CHECK_FALSE(fs::exists(dir / "elsewhere/new"));
}

TEST_CASE("what is no file cannot be read, and does not block") {
  const TempDir dir;
  LocalStore store = store_in(dir);
  REQUIRE(::mkfifo((dir / "fifo").c_str(), 0600) == 0);
  CHECK(keys_in(store) == Keys{"fifo"});
  CHECK(caught([&] { (void)store.read("fifo", 0, 1); }).code() == Errc::io_error);
  CHECK(caught([&] { (void)store.size_of("fifo"); }).code() == Errc::io_error);
}

TEST_CASE("a listing shows every object below its folder, and no more") {
  const TempDir dir;
  LocalStore store = store_in(dir);
  for (const char* key : {"pitr.json", "a/1", "a/2", "a/deep/er/3", "ab/4", "b/5"})
    REQUIRE(create(store, key, key));
  CHECK(keys_in(store) == Keys{"a/1", "a/2", "a/deep/er/3", "ab/4", "b/5", "pitr.json"});
  CHECK(keys_in(store, "a/") == Keys{"a/1", "a/2", "a/deep/er/3"});
  CHECK(keys_in(store, "a/deep/") == Keys{"a/deep/er/3"});
  CHECK(keys_in(store, "absent/").empty());
  CHECK(keys_in(store, "pitr.json/").empty());
}

TEST_CASE("a listing of many objects shows each once") {
  const TempDir dir;
  fs::create_directories(dir / "segments");
  constexpr int kObjects = 5'000;
  for (int i = 0; i < kObjects; ++i) open_file(dir / "segments" / std::to_string(i), O_WRONLY | O_CREAT);
  const Keys keys = keys_in(store_in(dir));
  CHECK(keys.size() == kObjects);
  CHECK(std::adjacent_find(keys.begin(), keys.end()) == keys.end());
}

TEST_CASE("a listing passes over temporaries, and over nothing that only looks like one") {
  const TempDir dir;
  LocalStore store = store_in(dir);
  fs::create_directories(dir / "a");
  put(dir / "a/.pitrctl-0123456789abcdef.tmp", "x");
  put(dir / "a/.pitrctl-0123456789abcde.tmp", "x");
  put(dir / "a/.hidden", "x");
  CHECK(keys_in(store) == Keys{"a/.hidden", "a/.pitrctl-0123456789abcde.tmp"});
}

TEST_CASE("a listing may be read from while it is made") {
  const TempDir dir;
  LocalStore store = store_in(dir);
  for (const char* key : {"a/1", "b/2"}) REQUIRE(create(store, key, key));
  int seen = 0;
  store.list("", [&](const ListedObject& object) {
    CHECK(text_of(store, object.key) == object.key);
    ++seen;
  });
  CHECK(seen == 2);
}

TEST_CASE("a sweep removes left-overs of dead writers everywhere, and leaves objects alone") {
  const TempDir dir;
  LocalStore store = store_in(dir);
  REQUIRE(create(store, "a/b/k", "x"));
  for (const char* folder : {"", "a", "a/b"})
    put(dir / folder / ".pitrctl-0123456789abcdef.tmp", "left over");
  AtomicFile alive(dir / "a/alive", 0640, AtomicFile::Until::committed_temporary_name);
  store.sweep();
  for (const char* folder : {"", "a", "a/b"}) {
    CHECK_FALSE(fs::exists(dir / folder / ".pitrctl-0123456789abcdef.tmp"));
  }
  CHECK(text_of(store, "a/b/k") == "x");
  CHECK(alive.commit_if_absent());
}

TEST_CASE("objects are readable by owner and group only") {
  const TempDir dir;
  LocalStore store = store_in(dir);
  REQUIRE(create(store, "a/k", "x"));
  CHECK((fs::status(dir / "a/k").permissions() & 0777 & ~0640) == 0);
  CHECK((fs::status(dir / "a").permissions() & 0777 & ~0750) == 0);
}

TEST_CASE("of racing threads exactly one creates each key") {
  const TempDir dir;
  LocalStore store = store_in(dir);
  constexpr int kThreads = 4;
  constexpr int kKeys = 40;
  std::atomic<int> won = 0;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        for (int k = 0; k < kKeys; ++k) {
          const std::string key = "folder" + std::to_string(k % 7) + "/" + std::to_string(k);
          if (create(store, key, "thread " + std::to_string(t))) ++won;
        }
      });
    }
  }
  CHECK(won == kKeys);
  CHECK(keys_in(store).size() == kKeys);
}

TEST_CASE("of racing processes exactly one creates each key") {
  const TempDir dir;
  constexpr int kProcesses = 4;
  constexpr int kKeys = 40;
  std::vector<Child> children;
  for (int p = 0; p < kProcesses; ++p) {
    children.emplace_back([&, p] {
      LocalStore store = store_in(dir);
      store.sweep();
      int won = 0;
      for (int k = 0; k < kKeys; ++k) {
        if (create(store, "folder/" + std::to_string(k), "process " + std::to_string(p))) ++won;
      }
      return won;
    });
  }
  int won = 0;
  for (Child& child : children) {
    const int result = child.wait();
    REQUIRE(result <= kKeys);
    won += result;
  }
  CHECK(won == kKeys);
  CHECK(keys_in(store_in(dir)).size() == kKeys);
}

TEST_CASE("a writer killed at any moment leaves whole objects only") {
  const TempDir dir;
  const std::string text(500'000, 'x');
  Child writer([&] {
    LocalStore store = store_in(dir);
    for (int i = 0;; ++i) {
      if (!create(store, std::to_string(i % 3) + "/" + std::to_string(i), text)) return 1;
    }
  });
  while (!fs::exists(dir / "1/10")) ::sched_yield();
  writer.kill();
  CHECK(writer.wait() == 128 + SIGKILL);
  LocalStore store = store_in(dir);
  store.sweep();
  for (const std::string& key : keys_in(store)) CHECK(store.size_of(key) == text.size());
}
