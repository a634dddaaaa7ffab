#include "base/process.hpp"
#include "support/caught.hpp"
#include "support/temp_dir.hpp"

#include <csignal>

#include <fcntl.h>
#include <unistd.h>

namespace pitr {
namespace {

ProcessOptions shell(const std::string& script) {
  ProcessOptions options;
  options.command = {"/bin/sh", "-c", script};
  return options;
}

std::string output(ProcessOptions options) {
  const test::TempDir directory;
  const Fd fd = open_file(directory / "out", O_WRONLY | O_CREAT | O_APPEND);
  options.output = fd.get();
  Process process(options);
  CHECK(process.wait() == 0);
  return std::string(as_text(read_whole_file(directory / "out")));
}

TEST_CASE("a process ends with its status, or the signal that ended it") {
  CHECK(Process(shell("exit 7")).wait() == 7);
  Process sleeping(shell("exec sleep 1000"));
  CHECK_FALSE(sleeping.ended());
  sleeping.signal(SIGTERM);
  CHECK(sleeping.wait() == 128 + SIGTERM);
  CHECK(sleeping.ended() == 128 + SIGTERM);
}

TEST_CASE("a program that cannot be run is an error at once") {
  ProcessOptions options;
  options.command = {"/no/such/program"};
  CHECK(test::caught([&] { const Process process(options); }).code() == Errc::io_error);
  CHECK_FALSE(output_of({"/no/such/program"}));
}

TEST_CASE("a process runs where, and with what, it is told") {
  ProcessOptions options = shell("pwd; echo $PITR_A; echo $PATH; cat; echo err >&2");
  options.directory = "/usr";
  options.environment = {{"PITR_A", "b c"}, {"PATH", "/bin"}};
  CHECK(output(options) == "/usr\nb c\n/bin\nerr\n");
}

TEST_CASE("a process can run as another user, without our groups") {
  if (::geteuid() != 0) return;
  ProcessOptions options = shell("id -u; id -g");
  options.user = std::pair<uid_t, gid_t>(65534, 65534);
  CHECK(output(options) == "65534\n65534\n");
}

TEST_CASE("a process does not outlive what holds it") {
  pid_t pid = 0;
  const test::TempDir directory;
  {
    const Process process(shell("echo $$ > " + (directory / "pid").native() + ".new; mv " +
                                (directory / "pid").native() + ".new " + (directory / "pid").native() +
                                "; exec sleep 1000"));
    while (!fs::exists(directory / "pid")) ::usleep(1000);
    pid = std::stoi(std::string(as_text(read_whole_file(directory / "pid"))));
    CHECK(::kill(pid, 0) == 0);
  }
  CHECK(::kill(pid, 0) != 0);
}

TEST_CASE("what a program says is taken, if it succeeds") {
  CHECK(output_of({"/bin/sh", "-c", "echo a; echo b >&2"}) == "a\nb\n");
  CHECK_FALSE(output_of({"/bin/sh", "-c", "echo a; exit 1"}));
}

}  // namespace
}  // namespace pitr
