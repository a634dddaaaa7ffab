#include "base/process.hpp"

#include "base/error.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>

#include <boost/filesystem/operations.hpp>
#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace pitr {

namespace {

constexpr std::size_t kMaxOutput = std::size_t{64} * 1024;
constexpr std::array<int, 6> kSignals = {SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGTERM, SIGCHLD};

std::pair<Fd, Fd> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw_errno("make", "a pipe");
  return {Fd(ends[0]), Fd(ends[1])};
}

// Everything the child needs, made before the fork: after it, in a process that had several threads, hardly
// anything may be called.
class Launch {
 public:
  explicit Launch(const ProcessOptions& options)
      : options_(options), parent_(::getpid()), input_(open_file("/dev/null", O_RDONLY)) {
    for (const std::string& word : options.command) arguments_.push_back(const_cast<char*>(word.c_str()));
    arguments_.push_back(nullptr);
    collect_environment();
    if (options.user && ::geteuid() == 0) groups_ = groups_of(*options.user);
  }

  // In the child. Returns only with the error that stands in the way.
  int become_program() const {
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    for (const int number : kSignals) ::signal(number, SIG_DFL);
    ::setsid();
    if (::chdir(options_.directory.c_str()) != 0 || !change_user() || !die_with_parent()) return errno;
    if (::dup2(input_.get(), STDIN_FILENO) < 0) return errno;
    if (options_.output >= 0 &&
        (::dup2(options_.output, STDOUT_FILENO) < 0 || ::dup2(options_.output, STDERR_FILENO) < 0))
      return errno;
    ::execve(arguments_.front(), arguments_.data(), environment_.data());
    return errno;
  }

 private:
  void collect_environment() {
    const auto is_replaced = [&](std::string_view entry) {
      return std::any_of(options_.environment.begin(), options_.environment.end(),
                         [&](const auto& variable) { return entry.starts_with(variable.first + "="); });
    };
    for (char** entry = environ; *entry != nullptr; ++entry) {
      if (!is_replaced(*entry)) environment_.push_back(*entry);
    }
    variables_.reserve(options_.environment.size());
    for (const auto& [name, value] : options_.environment) {
      variables_.push_back(fmt::format("{}={}", name, value));
      environment_.push_back(variables_.back().data());
    }
    environment_.push_back(nullptr);
  }

  static std::vector<gid_t> groups_of(const std::pair<uid_t, gid_t>& user) {
    std::vector<gid_t> groups = {user.second};
    const passwd* const entry = ::getpwuid(user.first);
    if (entry == nullptr) return groups;
    int count = 64;
    groups.resize(static_cast<std::size_t>(count));
    while (::getgrouplist(entry->pw_name, user.second, groups.data(), &count) < 0)
      groups.resize(static_cast<std::size_t>(count));
    groups.resize(static_cast<std::size_t>(count));
    return groups;
  }

  [[nodiscard]] bool change_user() const {
    if (groups_.empty()) return true;
    const auto& [user, group] = *options_.user;
    return ::setgroups(groups_.size(), groups_.data()) == 0 && ::setgid(group) == 0 && ::setuid(user) == 0;
  }

  // A change of user takes the wish back, so this comes after it.
  [[nodiscard]] bool die_with_parent() const {
    if (options_.death_signal == 0) return true;
    if (::prctl(PR_SET_PDEATHSIG, options_.death_signal) != 0) return false;
    errno = ESRCH;
    return ::getppid() == parent_;
  }

  const ProcessOptions& options_;
  pid_t parent_;
  Fd input_;
  std::vector<char*> arguments_;
  std::vector<std::string> variables_;
  std::vector<char*> environment_;
  std::vector<gid_t> groups_;
};

int status_of(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status); }

}  // namespace

Process::Process(const ProcessOptions& options) {
  const Launch launch(options);
  auto [from_child, to_parent] = make_pipe();
  pid_ = ::fork();
  if (pid_ < 0) throw_errno("start", options.command.front());
  if (pid_ == 0) {
    const int error = launch.become_program();
    [[maybe_unused]] const ssize_t told = ::write(to_parent.get(), &error, sizeof error);
    ::_exit(127);
  }
  to_parent = Fd();
  int error = 0;
  if (::read(from_child.get(), &error, sizeof error) != sizeof error) return;
  wait();
  throw_errno(error, "run", options.command.front());
}

Process::~Process() {
  if (status_ || pid_ <= 0) return;
  signal(SIGKILL);
  wait();
}

std::optional<int> Process::ended() {
  int status = 0;
  if (!status_ && ::waitpid(pid_, &status, WNOHANG) == pid_) status_ = status_of(status);
  return status_;
}

int Process::wait() {
  int status = 0;
  while (!status_) {
    if (::waitpid(pid_, &status, 0) == pid_) {
      status_ = status_of(status);
    } else if (errno != EINTR) {
      status_ = -1;
    }
  }
  return *status_;
}

void Process::signal(int number) const {
  if (!status_) ::kill(pid_, number);
}

fs::path own_program() {
  boost::system::error_code error;
  fs::path path = fs::read_symlink("/proc/self/exe", error);
  if (error || !fs::exists(path, error)) {
    throw Error(Errc::io_error, fmt::format("the program {} is not there any more", path.native()),
                "it was replaced while it ran; run it again");
  }
  return path;
}

std::optional<std::string> output_of(std::vector<std::string> command) {
  auto [reading, writing] = make_pipe();
  ProcessOptions options;
  options.command = std::move(command);
  options.output = writing.get();
  try {
    Process process(options);
    writing = Fd();
    std::string text(kMaxOutput, '\0');
    std::size_t size = 0;
    while (size < text.size()) {
      const ssize_t got = ::read(reading.get(), text.data() + size, text.size() - size);
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) break;
      size += static_cast<std::size_t>(got);
    }
    reading = Fd();
    text.resize(size);
    return process.wait() == 0 ? std::optional(text) : std::nullopt;
  } catch (const Error&) {
    return std::nullopt;
  }
}

}  // namespace pitr
