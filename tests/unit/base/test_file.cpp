#include "base/file.hpp"
#include "support/caught.hpp"
#include "support/temp_dir.hpp"

#include <limits>

#include <fcntl.h>
#include <unistd.h>

using namespace pitr;
using namespace pitr::test;

namespace {

void put(const fs::path& path, std::string_view text) {
  const Fd fd = open_file(path, O_WRONLY | O_CREAT | O_TRUNC);
  write_all(fd.get(), as_bytes(text), path);
}

bool is_open_descriptor(int fd) { return ::fcntl(fd, F_GETFD) >= 0; }

}  // namespace

TEST_CASE("a descriptor is closed by its last owner, once") {
  const TempDir dir;
  int number = -1;
  {
    Fd first = open_file(dir / "f", O_RDWR | O_CREAT);
    number = first.get();
    const Fd second = std::move(first);
    CHECK_FALSE(first.is_open());
    CHECK(second.get() == number);
    CHECK(is_open_descriptor(number));
  }
  CHECK_FALSE(is_open_descriptor(number));
}

TEST_CASE("an assigned descriptor lets go of the one before") {
  const TempDir dir;
  Fd fd = open_file(dir / "a", O_RDWR | O_CREAT);
  const int before = fd.get();
  fd = open_file(dir / "b", O_RDWR | O_CREAT);
  CHECK_FALSE(is_open_descriptor(before));
  CHECK((::fcntl(fd.get(), F_GETFD) & FD_CLOEXEC) != 0);
}

TEST_CASE("a file that is not there is an error, or nothing") {
  const TempDir dir;
  const Error e = caught([&] { (void)open_file(dir / "absent", O_RDONLY); });
  CHECK(e.code() == Errc::io_error);
  CHECK(contains(e.what(), (dir / "absent").native()));
  CHECK_FALSE(open_if_exists(dir / "absent", O_RDONLY));
  put(dir / "file", "");
  CHECK(open_if_exists(dir / "file", O_RDONLY));
  CHECK(caught([&] { (void)open_if_exists(dir / "file" / "below", O_RDONLY); }).code() == Errc::io_error);
}

TEST_CASE("bytes are written and read at their place, up to the end of the file") {
  const TempDir dir;
  const Fd fd = open_file(dir / "f", O_RDWR | O_CREAT);
  write_all(fd.get(), as_bytes("0123456789"), dir / "f");
  write_all_at(fd.get(), as_bytes("AB"), 4, dir / "f");
  Bytes buffer(20);
  CHECK(read_at(fd.get(), buffer, 3, dir / "f") == 7);
  CHECK(as_text(ByteView(buffer).first(7)) == "3AB6789");
  CHECK(read_at(fd.get(), buffer, 10, dir / "f") == 0);
  CHECK(read_at(fd.get(), buffer, std::numeric_limits<std::uint64_t>::max(), dir / "f") == 0);
  CHECK(read_at(fd.get(), buffer, std::numeric_limits<std::int64_t>::max() - 1, dir / "f") == 0);
  truncate_file(fd.get(), 4, dir / "f");
  CHECK(as_text(read_whole_file(dir / "f")) == "0123");
}

TEST_CASE("places beyond what a file can have are refused") {
  const TempDir dir;
  const Fd fd = open_file(dir / "f", O_RDWR | O_CREAT);
  constexpr auto kMax = std::numeric_limits<std::uint64_t>::max();
  CHECK(caught([&] { write_all_at(fd.get(), as_bytes("x"), kMax, dir / "f"); }).code() == Errc::io_error);
  CHECK(caught([&] { write_all_at(fd.get(), as_bytes("x"), kMax / 2, dir / "f"); }).code() == Errc::io_error);
  CHECK(caught([&] { truncate_file(fd.get(), kMax, dir / "f"); }).code() == Errc::io_error);
}

TEST_CASE("a whole file is read, also one that does not tell its size") {
  const TempDir dir;
  put(dir / "empty", "");
  CHECK(read_whole_file(dir / "empty").empty());
  CHECK(as_text(read_whole_file("/proc/self/comm")).size() > 1);
  CHECK(caught([&] { (void)read_whole_file(dir.path()); }).code() == Errc::io_error);
}

TEST_CASE("writing to a full device fails with a hint") {
  const Fd fd = open_file("/dev/full", O_WRONLY);
  const Error e = caught([&] { write_all(fd.get(), as_bytes("x"), "/dev/full"); });
  CHECK(e.code() == Errc::io_error);
  CHECK_FALSE(e.hint().empty());
}

TEST_CASE("directories are made with their parents, and may be there already") {
  const TempDir dir;
  create_directories_durably(dir / "a/b/c");
  CHECK(fs::is_directory(dir / "a/b/c"));
  CHECK_NOTHROW(create_directories_durably(dir / "a/b/c"));
  CHECK_NOTHROW(create_directories_durably(dir / "x/y/"));
  CHECK(fs::is_directory(dir / "x/y"));
  create_directories_durably(dir / "private", 0700);
  CHECK((fs::status(dir / "private").permissions() & 0777) == 0700);
}

TEST_CASE("a directory is not made where a file is") {
  const TempDir dir;
  put(dir / "file", "x");
  CHECK(caught([&] { create_directories_durably(dir / "file"); }).code() == Errc::io_error);
  CHECK(caught([&] { create_directories_durably(dir / "file/below"); }).code() == Errc::io_error);
  fs::create_symlink("nowhere", dir / "dangling");
  CHECK(caught([&] { create_directories_durably(dir / "dangling"); }).code() == Errc::io_error);
}

TEST_CASE("a link to a directory is as good as one") {
  const TempDir dir;
  fs::create_directory(dir / "real");
  fs::create_symlink("real", dir / "link");
  create_directories_durably(dir / "link/below");
  CHECK(fs::is_directory(dir / "real/below"));
}

TEST_CASE("removing says whether there was a file") {
  const TempDir dir;
  put(dir / "f", "x");
  CHECK(remove_file(dir / "f"));
  CHECK_FALSE(remove_file(dir / "f"));
  CHECK(caught([&] { (void)remove_file(dir.path()); }).code() == Errc::io_error);
}

TEST_CASE("free space is asked for where a path will be") {
  const TempDir dir;
  const std::uint64_t here = free_space(dir.path());
  CHECK(here > 0);
  CHECK(free_space(dir / "not/there/yet") > 0);
  CHECK(free_space("") > 0);
  put(dir / "file", "x");
  CHECK(free_space(dir / "file/below") > 0);
}

TEST_CASE("directories and files are synced without complaint") {
  const TempDir dir;
  CHECK_NOTHROW(sync_directory(dir.path()));
  const Fd fd = open_file(dir / "f", O_RDWR | O_CREAT);
  CHECK_NOTHROW(sync_file(fd.get(), dir / "f"));
  CHECK(caught([&] { sync_directory(dir / "absent"); }).code() == Errc::io_error);
}
