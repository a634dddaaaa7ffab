#include "run/state.hpp"
#include "run_test.hpp"

#include <array>

#include <unistd.h>

namespace pitr {
namespace {

using test::World;

// Another user's archive run, in a process of its own with notes of its own, that begins and ends when told
// to.
class Rival {
 public:
  explicit Rival(const World& world)
      : world_(world), go_(make_pipe()), done_(make_pipe()), child_([this] { return run(); }) {}

  void archive() {
    write_all(go_[1].get(), as_bytes("x"), "pipe");
    char answer = 0;
    REQUIRE(::read(done_[0].get(), &answer, 1) == 1);
    REQUIRE(answer == 'k');
  }

 private:
  using Pipe = std::array<Fd, 2>;
  static Pipe make_pipe() {
    std::array<int, 2> fds{};
    REQUIRE(::pipe(fds.data()) == 0);
    return {Fd(fds[0]), Fd(fds[1])};
  }

  int run() {
    go_[1] = Fd();
    ::setenv("XDG_STATE_HOME", (world_.database.directory / "rival").c_str(), 1);
    NoProgress progress;
    const Context context{world_.context.repository_url, 2, progress};
    char go = 0;
    while (::read(go_[0].get(), &go, 1) == 1) {
      pitr::archive(context, world_.request());
      write_all(done_[1].get(), as_bytes("k"), "pipe");
    }
    return 0;
  }

  const World& world_;
  Pipe go_;
  Pipe done_;
  test::Child child_;
};

TEST_CASE("a run that loses the race for a segment goes on from the winner's") {
  World world;
  Rival rival(world);
  world.archive();
  world.database.commits(3);
  bool raced = false;
  world.progress.on_begin = [&](std::string_view phase) {
    if (phase != "archive" || raced) return;
    raced = true;
    rival.archive();
    world.database.commits(2);
  };
  const ArchiveReport report = world.archive();
  CHECK(raced);
  CHECK(report.commits == 2);
  CHECK(report.head->xid == Xid{5});
  CHECK(world.validate().healthy());
  CHECK(world.restored() == world.image());
  CHECK(test::objects(world.repository() / "segments").size() == 4);
}

TEST_CASE("a run that loses the race to begin everything adopts what the winner began") {
  World world;
  Rival rival(world);
  world.database.commits(3);
  bool raced = false;
  world.progress.on_begin = [&](std::string_view phase) {
    if (phase != "snapshot" || raced) return;
    raced = true;
    rival.archive();
    world.database.commits(2);
    rival.archive();
  };
  const ArchiveReport report = world.archive();
  CHECK(raced);
  CHECK(report.timeline == TimelineId{1});
  CHECK(world.validate().healthy());
  CHECK(world.restored() == world.image());
}

TEST_CASE("a repository that others keep archiving into is a conflict in the end") {
  World world;
  Rival rival(world);
  world.archive();
  world.database.commits(2);
  world.progress.on_begin = [&](std::string_view phase) {
    if (phase != "archive") return;
    rival.archive();
    world.database.commit();
  };
  CHECK(test::caught([&] { world.archive(); }).code() == Errc::conflict);
  world.progress.on_begin = nullptr;
  CHECK(world.archive().commits == 1);
  CHECK(world.validate().healthy());
}

TEST_CASE("one lock keeps out the other until it is gone") {
  const test::TempDir directory;
  {
    const RunLock lock(directory.path(), std::chrono::milliseconds(0));
    CHECK(test::caught([&] { const RunLock other(directory.path(), std::chrono::milliseconds(0)); }).code() ==
          Errc::unavailable);
  }
  CHECK_NOTHROW(RunLock(directory.path(), std::chrono::milliseconds(0)));
}

TEST_CASE("a lock is gone with its process") {
  const test::TempDir directory;
  const int result = test::result_in_child([&] {
    const RunLock lock(directory.path(), std::chrono::milliseconds(0));
    ::_exit(0);
    return 1;
  });
  CHECK(result == 0);
  CHECK_NOTHROW(RunLock(directory.path(), std::chrono::milliseconds(0)));
}

TEST_CASE("notes are kept under XDG_STATE_HOME, if it is absolute, or the home directory") {
  const test::TempDir directory;
  ::setenv("XDG_STATE_HOME", (directory / "xdg").c_str(), 1);
  CHECK(state_directory("abc") == directory / "xdg" / "pitrctl" / "abc");
  ::setenv("XDG_STATE_HOME", "relative", 1);
  const std::string home = std::getenv("HOME") != nullptr ? std::getenv("HOME") : "/root";
  ::setenv("HOME", (directory / "home").c_str(), 1);
  CHECK(state_directory("abc") == directory / "home" / ".local" / "state" / "pitrctl" / "abc");
  CHECK(fs::is_directory(directory / "home" / ".local" / "state" / "pitrctl" / "abc"));
  ::setenv("HOME", home.c_str(), 1);
}

}  // namespace
}  // namespace pitr
