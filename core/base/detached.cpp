#include "base/detached.hpp"

#include <climits>
#include <csignal>
#include <exception>

#include <fcntl.h>
#include <unistd.h>

namespace pitr {

namespace {

bool leave_everything() {
  for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::setsid();
  if (::close_range(0, UINT_MAX, 0) != 0) return false;
  // The lowest free descriptors, so these become 0, 1 and 2.
  return ::open("/dev/null", O_RDWR) == 0 && ::dup(0) == 1 && ::dup(0) == 2;
}

}  // namespace

pid_t run_detached(const std::function<void()>& work) {
  const pid_t child = ::fork();
  if (child != 0) return child;
  int status = 1;
  try {
    if (leave_everything()) {
      work();
      status = 0;
    }
  } catch (const std::exception&) {
    status = 1;
  }
  ::_exit(status);
}

}  // namespace pitr
