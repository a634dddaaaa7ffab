#include "base/atomic_file.hpp"
#include "support/caught.hpp"
#include "support/child.hpp"
#include "support/small_disk.hpp"
#include "support/temp_dir.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace pitr;
using namespace pitr::test;

namespace {

using Until = AtomicFile::Until;
constexpr std::array<Until, 2> kBoth{Until::committed_nameless, Until::committed_temporary_name};
constexpr mode_t kMode = 0640;

std::vector<std::string> names_in(const fs::path& directory) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(directory))
    names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

std::string text_of(const fs::path& path) { return std::string(as_text(read_whole_file(path))); }

void put(const fs::path& path, std::string_view text) {
  const Fd fd = open_file(path, O_WRONLY | O_CREAT | O_TRUNC);
  write_all(fd.get(), as_bytes(text), path);
}

std::string temporary_name(char digit) { return ".pitrctl-" + std::string(16, digit) + ".tmp"; }

}  // namespace

TEST_CASE("a file appears with all its bytes when it is committed, and not before") {
  for (const Until until : kBoth) {
    const TempDir dir;
    AtomicFile file(dir / "f", kMode, until);
    file.write(as_bytes("some "));
    file.write(as_bytes("bytes"));
    CHECK_FALSE(fs::exists(dir / "f"));
    CHECK(file.commit_if_absent());
    CHECK(names_in(dir.path()) == std::vector<std::string>{"f"});
    CHECK(text_of(dir / "f") == "some bytes");
  }
}

TEST_CASE("large and small writes keep their order") {
  const TempDir dir;
  std::string expected;
  AtomicFile file(dir / "f");
  for (const std::size_t size : {10U, 300'000U, 5U, 262'144U, 262'143U, 2U, 0U}) {
    const std::string piece(size, static_cast<char>('a' + expected.size() % 26));
    file.write(as_bytes(piece));
    expected += piece;
  }
  REQUIRE(file.commit_if_absent());
  CHECK(text_of(dir / "f") == expected);
}

TEST_CASE("a file that is not committed leaves nothing") {
  for (const Until until : kBoth) {
    const TempDir dir;
    {
      AtomicFile file(dir / "f", kMode, until);
      file.write(as_bytes("some bytes"));
    }
    CHECK(names_in(dir.path()).empty());
  }
}

TEST_CASE("a name that is taken is left as it is") {
  for (const Until until : kBoth) {
    const TempDir dir;
    put(dir / "f", "first");
    AtomicFile file(dir / "f", kMode, until);
    file.write(as_bytes("second"));
    CHECK_FALSE(file.commit_if_absent());
    CHECK(text_of(dir / "f") == "first");
    CHECK(names_in(dir.path()) == std::vector<std::string>{"f"});
  }
}

TEST_CASE("a name taken by a directory or a dangling link is taken") {
  const TempDir dir;
  fs::create_directory(dir / "d");
  fs::create_symlink("nowhere", dir / "l");
  CHECK_FALSE(AtomicFile(dir / "d").commit_if_absent());
  CHECK_FALSE(AtomicFile(dir / "l").commit_if_absent());
}

TEST_CASE("replacing puts the new file in the place of the old one, or where there was none") {
  for (const Until until : kBoth) {
    const TempDir dir;
    for (const char* text : {"first", "second"}) {
      AtomicFile file(dir / "f", kMode, until);
      file.write(as_bytes(text));
      file.commit_replacing();
      CHECK(text_of(dir / "f") == text);
      CHECK(names_in(dir.path()) == std::vector<std::string>{"f"});
    }
  }
}

TEST_CASE("a file gets the mode asked for") {
  for (const Until until : kBoth) {
    const TempDir dir;
    AtomicFile file(dir / "f", 0600, until);
    REQUIRE(file.commit_if_absent());
    CHECK((fs::status(dir / "f").permissions() & 0777) == 0600);
  }
}

TEST_CASE("a committed file takes no more bytes and no second commit") {
  const TempDir dir;
  AtomicFile file(dir / "f");
  REQUIRE(file.commit_if_absent());
  CHECK(caught([&] { file.write(as_bytes("x")); }).code() == Errc::internal);
  CHECK(caught([&] { (void)file.commit_if_absent(); }).code() == Errc::internal);
  CHECK(caught([&] { file.commit_replacing(); }).code() == Errc::internal);
}

TEST_CASE("a directory that is not there is an error") {
  for (const Until until : kBoth) {
    const TempDir dir;
    CHECK(caught([&] { AtomicFile(dir / "absent/f", kMode, until); }).code() == Errc::io_error);
  }
}

TEST_CASE("only names that are given to temporaries are theirs") {
  CHECK(is_temporary_name(".pitrctl-0123456789abcdef.tmp"));
  for (const char* name : {"", ".pitrctl.json", ".pitrctl-.tmp", ".pitrctl-0123456789ABCDEF.tmp",
                           ".pitrctl-0123456789abcde.tmp", ".pitrctl-0123456789abcdef0.tmp",
                           "pitrctl-0123456789abcdef.tmp", ".pitrctl-0123456789abcdef.tmp2", "f.tmp"}) {
    CAPTURE(name);
    CHECK_FALSE(is_temporary_name(name));
  }
}

TEST_CASE("a temporary name is one, and its writer holds it locked") {
  const TempDir dir;
  const AtomicFile file(dir / "f", kMode, Until::committed_temporary_name);
  const auto names = names_in(dir.path());
  REQUIRE(names.size() == 1);
  CHECK(is_temporary_name(names.front()));
  const Fd other = open_file(dir / names.front(), O_RDWR);
  CHECK(::flock(other.get(), LOCK_EX | LOCK_NB) != 0);
}

TEST_CASE("a sweep removes what dead writers left, and nothing else") {
  const TempDir dir;
  put(dir / temporary_name('a'), "left over");
  put(dir / "f", "a file");
  put(dir / ".pitrctl.json", "a mark");
  fs::create_directory(dir / temporary_name('b'));
  fs::create_symlink("f", dir / temporary_name('c'));
  REQUIRE(::mkfifo((dir / temporary_name('d')).c_str(), 0600) == 0);
  AtomicFile alive(dir / "g", kMode, Until::committed_temporary_name);
  alive.write(as_bytes("still being written"));
  sweep_temporaries(dir.path());
  CHECK_FALSE(fs::exists(dir / temporary_name('a')));
  CHECK(names_in(dir.path()).size() == 6);
  CHECK(text_of(dir / "f") == "a file");
  CHECK(alive.commit_if_absent());
  CHECK(text_of(dir / "g") == "still being written");
}

TEST_CASE("a sweep of a directory that is not there does nothing") {
  const TempDir dir;
  CHECK_NOTHROW(sweep_temporaries(dir / "absent"));
}

TEST_CASE("a writer that dies leaves no file, and what it leaves is swept") {
  for (const Until until : kBoth) {
    const TempDir dir;
    const int result = result_in_child([&] {
      AtomicFile file(dir / "f", kMode, until);
      file.write(as_bytes(std::string(1'000'000, 'x')));
      ::_exit(7);
      return 0;
    });
    CHECK(result == 7);
    CHECK_FALSE(fs::exists(dir / "f"));
    if (until == Until::committed_nameless) CHECK(names_in(dir.path()).empty());
    sweep_temporaries(dir.path());
    CHECK(names_in(dir.path()).empty());
  }
}

TEST_CASE("a writer killed at any moment leaves whole files only") {
  constexpr std::size_t kSize = 300'000;
  for (const Until until : kBoth) {
    const TempDir dir;
    Child writer([&] {
      for (int i = 0;; ++i) {
        AtomicFile file(dir / ("n" + std::to_string(i)), kMode, until);
        file.write(as_bytes(std::string(kSize, 'x')));
        if (!file.commit_if_absent()) return 1;
        AtomicFile same(dir / "same", kMode, until);
        same.write(as_bytes(std::string(kSize, 'y')));
        same.commit_replacing();
      }
    });
    while (!fs::exists(dir / "n7")) ::sched_yield();
    writer.kill();
    CHECK(writer.wait() == 128 + SIGKILL);
    sweep_temporaries(dir.path());
    for (const std::string& name : names_in(dir.path())) {
      CAPTURE(name);
      CHECK_FALSE(is_temporary_name(name));
      CHECK(fs::file_size(dir / name) == kSize);
    }
  }
}

TEST_CASE("of racing writers exactly one gets the name, while others sweep") {
  constexpr int kWriters = 6;
  constexpr int kRounds = 30;
  for (const Until until : kBoth) {
    const TempDir dir;
    std::vector<Child> sweepers;
    sweepers.emplace_back([&] {
      while (true) sweep_temporaries(dir.path());
      return 0;
    });
    std::vector<Child> writers;
    for (int w = 0; w < kWriters; ++w) {
      writers.emplace_back([&, w] {
        int won = 0;
        for (int round = 0; round < kRounds; ++round) {
          AtomicFile file(dir / ("f" + std::to_string(round)), kMode, until);
          file.write(as_bytes("writer " + std::to_string(w)));
          if (file.commit_if_absent()) ++won;
        }
        return won;
      });
    }
    int won = 0;
    for (Child& writer : writers) {
      const int result = writer.wait();
      REQUIRE(result <= kRounds);
      won += result;
    }
    CHECK(won == kRounds);
    sweepers.clear();
    sweep_temporaries(dir.path());
    CHECK(names_in(dir.path()).size() == kRounds);
  }
}

TEST_CASE("replacing is not disturbed by others that sweep") {
  const TempDir dir;
  std::vector<Child> sweepers;
  for (int i = 0; i < 2; ++i) {
    sweepers.emplace_back([&] {
      while (true) sweep_temporaries(dir.path());
      return 0;
    });
  }
  for (const Until until : kBoth) {
    for (int i = 0; i < 60; ++i) {
      AtomicFile file(dir / "f", kMode, until);
      file.write(as_bytes("some bytes"));
      REQUIRE_NOTHROW(file.commit_replacing());
    }
  }
}

TEST_CASE("a full disk is an error with a hint, and leaves nothing behind") {
  const TempDir dir;
  for (const Until until : kBoth) {
    const int result = result_in_child([&] {
      if (!mount_small_disk(dir.path(), 256 * 1024)) return kSkipped;
      try {
        AtomicFile file(dir / "f", kMode, until);
        file.write(as_bytes(std::string(1'000'000, 'x')));
        return file.commit_if_absent() ? 1 : 2;
      } catch (const Error& e) {
        if (e.code() != Errc::io_error) return 3;
        if (e.hint().empty() || !contains(e.what(), "No space left")) return 4;
      }
      return names_in(dir.path()).empty() ? 0 : 5;
    });
    if (result == kSkipped) {
      MESSAGE("skipped: no small file system can be mounted here");
      return;
    }
    CHECK(result == 0);
  }
}
