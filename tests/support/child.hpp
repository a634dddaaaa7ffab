#pragma once

#include <cstdlib>
#include <exception>
#include <utility>

#include <signal.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

namespace pitr::test {

// What a child answers when the machine does not let it do what the test needs.
inline constexpr int kSkipped = 77;

// A child process that runs body and ends with what it returns, without unwinding anything of the test. Ends
// in 99 when body throws. Killed, if it still runs, when this goes.
class Child {
 public:
  template <typename Body>
  explicit Child(Body body) : pid_(::fork()) {
    if (pid_ != 0) return;
    int result = 99;
    try {
      result = body();
    } catch (const std::exception&) {
      result = 99;
    }
    ::_exit(result);
  }
  ~Child() {
    if (pid_ > 0) {
      kill();
      wait();
    }
  }
  Child(Child&& other) noexcept : pid_(std::exchange(other.pid_, -1)) {}
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  void kill() const { ::kill(pid_, SIGKILL); }

  // The exit status, or 128 + the signal that ended it; -1 when there never was a child.
  int wait() {
    int status = 0;
    if (pid_ <= 0 || ::waitpid(std::exchange(pid_, -1), &status, 0) < 0) return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

 private:
  pid_t pid_;
};

template <typename Body>
int result_in_child(Body body) {
  return Child(std::move(body)).wait();
}

}  // namespace pitr::test
