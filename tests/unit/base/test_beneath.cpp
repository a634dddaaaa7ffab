#include "base/beneath.hpp"
#include "support/caught.hpp"
#include "support/temp_dir.hpp"

#include <fcntl.h>

namespace pitr {
namespace {

TEST_CASE("a file below a directory is opened, and made") {
  const test::TempDir directory;
  fs::create_directories(directory / "a" / "b");
  write_all(open_beneath(directory.path(), "a/b/c", O_WRONLY | O_CREAT).get(), as_bytes("x"), "c");
  CHECK(as_text(read_whole_file(directory / "a" / "b" / "c")) == "x");
  const BeneathParent parent = open_parent_beneath(directory.path(), "a/b/c");
  CHECK(parent.name == "c");
  CHECK(open_beneath(directory.path(), "a", O_RDONLY | O_DIRECTORY).is_open());
}

TEST_CASE("no symbolic link is followed, wherever it stands") {
  const test::TempDir directory;
  const test::TempDir elsewhere;
  open_file(elsewhere / "file", O_WRONLY | O_CREAT);
  fs::create_directory(directory / "a");
  fs::create_symlink(elsewhere.path(), directory / "a" / "link");
  fs::create_symlink(elsewhere / "file", directory / "file");
  for (const char* path : {"a/link/file", "file", "a/link"})
    CHECK(test::caught([&] { open_beneath(directory.path(), path, O_WRONLY | O_CREAT); }).code() ==
          Errc::io_error);
}

}  // namespace
}  // namespace pitr
