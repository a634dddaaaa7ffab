#include "base/detached.hpp"
#include "base/file.hpp"
#include "support/temp_dir.hpp"

#include <csignal>
#include <fstream>
#include <stdexcept>

#include <boost/filesystem/operations.hpp>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace pitr {
namespace {

using test::TempDir;

int status_of(pid_t child) {
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

TEST_CASE("detached work has a session of its own, no input or output, and nothing open") {
  const TempDir dir;
  const Fd inherited = open_file(dir / "inherited", O_RDWR | O_CREAT);
  const fs::path notes = dir / "notes";
  ::signal(SIGPIPE, SIG_IGN);
  const pid_t child = run_detached([&] {
    const bool is_closed = ::fcntl(inherited.get(), F_GETFD) < 0;
    std::ofstream out(notes.string());
    out << is_closed << (::getsid(0) == ::getpid()) << (fs::read_symlink("/proc/self/fd/1") == "/dev/null")
        << (::signal(SIGPIPE, SIG_DFL) == SIG_DFL);
  });
  CHECK(status_of(child) == 0);
  CHECK(as_text(read_whole_file(notes)) == "1111");
  CHECK(::fcntl(inherited.get(), F_GETFD) >= 0);
}

TEST_CASE("detached work that throws ends, and unwinds nothing of its maker") {
  struct Touch {
    fs::path path;
    ~Touch() { std::ofstream(path.string(), std::ios::app) << "x"; }
  };
  const TempDir dir;
  {
    const Touch touch{dir / "touched"};
    CHECK(status_of(run_detached([] { throw std::runtime_error("no"); })) == 1);
  }
  CHECK(fs::file_size(dir / "touched") == 1);
}

}  // namespace
}  // namespace pitr
