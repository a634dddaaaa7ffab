#include "run/state.hpp"

#include "base/error.hpp"

#include <cerrno>
#include <cstdlib>
#include <thread>

#include <fcntl.h>
#include <fmt/format.h>
#include <pwd.h>
#include <sys/file.h>
#include <unistd.h>

namespace pitr {

namespace {

// XDG Base Directory Specification: $XDG_STATE_HOME, if it is absolute, or ~/.local/state.
fs::path state_home() {
  const char* const xdg = std::getenv("XDG_STATE_HOME");
  if (xdg != nullptr && xdg[0] == '/') return xdg;
  const char* home = std::getenv("HOME");
  if (home == nullptr || home[0] != '/') {
    const passwd* const user = getpwuid(geteuid());
    home = user != nullptr ? user->pw_dir : nullptr;
  }
  if (home == nullptr || home[0] != '/') {
    throw Error(Errc::usage, "there is no home directory to keep notes in",
                "set XDG_STATE_HOME to a directory of your own");
  }
  return fs::path(home) / ".local" / "state";
}

}  // namespace

fs::path state_directory(const std::string& repository_id) {
  fs::path directory = state_home() / "pitrctl" / repository_id;
  constexpr mode_t kPrivate = 0700;
  create_directories_durably(directory, kPrivate);
  return directory;
}

RunLock::RunLock(const fs::path& state_directory, std::chrono::milliseconds patience)
    : fd_(open_file(state_directory / "lock", O_RDWR | O_CREAT, 0600)) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  constexpr std::chrono::milliseconds kPoll(20);
  while (flock(fd_.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) throw_errno("lock", (state_directory / "lock").string());
    if (std::chrono::steady_clock::now() >= deadline) {
      throw Error(Errc::unavailable, "another run is archiving into this repository",
                  "let it end; nothing is lost by waiting for the next run");
    }
    std::this_thread::sleep_for(kPoll);
  }
}

}  // namespace pitr
