#include "cmd/progress_bar.hpp"

#include <sstream>

#include <doctest/doctest.h>

using pitr::cmd::ProgressBar;

namespace {

constexpr std::uint64_t kMiB = 1024 * 1024;

// A bar on a terminal of 60 columns, with a clock that is moved by hand.
struct Bar {
  explicit Bar(std::size_t width = 60) : bar(terminal, {[width] { return width; }, [this] { return now; }}) {}

  // What was written since the last call.
  std::string written() {
    std::string text = terminal.str();
    terminal.str("");
    return text;
  }

  ProgressBar::Clock::time_point now;
  std::ostringstream terminal;
  ProgressBar bar;
};

}  // namespace

TEST_CASE("a phase shows bar, percent, rate and remaining time") {
  Bar b;
  b.bar.begin("log", 100 * kMiB);
  CHECK(b.written() == "\rlog  [----------------------------------------]    0 %\x1b[K");
  b.now += std::chrono::seconds(2);
  b.bar.advance(25 * kMiB);
  CHECK(b.written() == "\rlog  [#####----------------]   25 %  12.5 MiB/s  6.0 s left\x1b[K");
}

TEST_CASE("a phase of unknown length shows what is done") {
  Bar b;
  b.bar.begin("snapshot", 0);
  b.now += std::chrono::seconds(1);
  b.bar.advance(3 * kMiB);
  b.written();
  b.now += std::chrono::seconds(1);
  b.bar.advance(kMiB);
  CHECK(b.written() == "\rsnapshot  4.0 MiB  2.0 MiB/s\x1b[K");
}

TEST_CASE("the line is drawn at most ten times a second") {
  Bar b;
  b.bar.begin("log", 1000);
  b.written();
  for (int i = 0; i < 9; ++i) {
    b.now += std::chrono::milliseconds(10);
    b.bar.advance(1);
  }
  CHECK(b.written().empty());
  b.now += std::chrono::milliseconds(10);
  b.bar.advance(1);
  CHECK_FALSE(b.written().empty());
}

TEST_CASE("the line is gone at the end") {
  Bar b;
  b.bar.begin("log", 10);
  b.written();
  b.bar.end();
  CHECK(b.written() == "\r\x1b[K");
  b.bar.end();
  CHECK(b.written().empty());
}

TEST_CASE("no line is longer than the terminal is wide") {
  for (const std::size_t width : {1U, 20U, 30U, 45U, 200U}) {
    Bar b(width);
    b.bar.begin("a phase with a long name", 100 * kMiB);
    b.now += std::chrono::seconds(100);
    b.bar.advance(kMiB);
    const std::string text = b.written();
    const std::string line = text.substr(text.rfind('\r') + 1);
    CHECK(line.size() - std::string("\x1b[K").size() < std::max<std::size_t>(width, 20));
  }
}

TEST_CASE("more than was announced is still a hundred percent") {
  Bar b;
  b.bar.begin("log", 10);
  b.now += std::chrono::seconds(1);
  b.bar.advance(20);
  CHECK(b.written().find("100 %") != std::string::npos);
}

TEST_CASE("work that belongs to no phase is not shown") {
  Bar b;
  b.bar.advance(20);
  CHECK(b.written().empty());
}

TEST_CASE("a phase without bytes shows its name alone") {
  Bar b;
  b.bar.begin("sync", 0);
  CHECK(b.written() == "\rsync  \x1b[K");
}
