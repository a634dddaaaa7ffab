#include "cmd/drawing.hpp"

#include "cmd/human.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace pitr::cmd {

namespace {

constexpr std::size_t kIndent = 2;
// Room for a label at each end.
constexpr std::size_t kNarrowest = 48;
constexpr std::size_t kWidest = 200;

enum class Cell { nothing, window, bridge, gap };

struct Signs {
  std::string_view window;
  std::string_view bridge;
  std::string_view gap;
};

constexpr Signs kUnicodeSigns{"█", "▒", "·"};
constexpr Signs kAsciiSigns{"=", "~", "."};

// The part of an inventory that is about one timeline.
struct Parts {
  std::vector<const Window*> windows;
  std::vector<const Gap*> gaps;
  std::vector<Point> snapshots;
  std::vector<Point> restore_points;
};

Parts parts_of(const Inventory& inventory, TimelineId timeline) {
  Parts parts;
  for (const Window& window : inventory.survey.windows) {
    if (window.timeline == timeline) parts.windows.push_back(&window);
  }
  for (const Gap& gap : inventory.survey.gaps) {
    if (gap.timeline == timeline) parts.gaps.push_back(&gap);
  }
  for (const SnapshotManifest& snapshot : inventory.catalogue.snapshots) {
    if (snapshot.timeline == timeline) parts.snapshots.push_back(snapshot.point);
  }
  for (const RestorePoint& point : inventory.catalogue.restore_points) {
    if (point.timeline == timeline) parts.restore_points.push_back(point.point);
  }
  return parts;
}

// Where a point lies between the left and the right end.
class Axis {
 public:
  Axis(const Parts& parts, std::size_t cells) : cells_(cells) {
    std::vector<Point> ends;
    for (const Window* window : parts.windows) ends.insert(ends.end(), {window->start, window->end});
    for (const Gap* gap : parts.gaps) {
      if (gap->start) ends.push_back(*gap->start);
      if (gap->end) ends.push_back(*gap->end);
    }
    by_time_ =
        std::all_of(ends.begin(), ends.end(), [](const Point& point) { return point.time.has_value(); });
    const auto less = [this](const Point& a, const Point& b) { return place(a) < place(b); };
    const auto [first, last] = std::minmax_element(ends.begin(), ends.end(), less);
    first_ = *first;
    last_ = *last;
  }

  [[nodiscard]] bool shows(const Point& point) const {
    if (by_time_ && !point.time) return false;
    return place(point) >= place(first_) && place(point) <= place(last_);
  }
  [[nodiscard]] std::size_t cell(const Point& point) const {
    const double length = place(last_) - place(first_);
    if (length <= 0) return 0;
    const double share = std::clamp((place(point) - place(first_)) / length, 0.0, 1.0);
    return static_cast<std::size_t>(std::lround(share * static_cast<double>(cells_ - 1)));
  }
  [[nodiscard]] std::string label(const Point& point, LsnNotation notation) const {
    return by_time_ ? human_time(*point.time) : "LSN " + format_lsn(point.lsn, notation);
  }
  [[nodiscard]] const Point& first() const { return first_; }
  [[nodiscard]] const Point& last() const { return last_; }

 private:
  [[nodiscard]] double place(const Point& point) const {
    return by_time_ && point.time ? static_cast<double>(point.time->us)
                                  : static_cast<double>(point.lsn.value);
  }

  std::size_t cells_;
  bool by_time_ = false;
  Point first_;
  Point last_;
};

// What is between two cells; a stretch too short for a cell of its own still gets one, for it must be seen.
void fill_between(std::vector<Cell>& bar, std::size_t from, std::size_t to, Cell what) {
  if (to > from + 1) {
    std::fill(bar.begin() + static_cast<std::ptrdiff_t>(from + 1),
              bar.begin() + static_cast<std::ptrdiff_t>(to), what);
  } else {
    bar[to] = what;
  }
}

std::vector<Cell> make_bar(const Parts& parts, const Axis& axis, std::size_t cells) {
  std::vector<Cell> bar(cells, Cell::nothing);
  for (const Window* window : parts.windows) {
    for (std::size_t i = axis.cell(window->start); i <= axis.cell(window->end); ++i) bar[i] = Cell::window;
  }
  for (const Window* window : parts.windows) {
    for (const Bridge& bridge : window->bridges) {
      fill_between(bar, axis.cell(bridge.start), axis.cell(bridge.end), Cell::bridge);
    }
  }
  for (const Gap* gap : parts.gaps) {
    fill_between(bar, axis.cell(gap->start.value_or(axis.first())), axis.cell(gap->end.value_or(axis.last())),
                 Cell::gap);
  }
  return bar;
}

std::string make_marks(const Parts& parts, const Axis& axis, std::size_t cells) {
  std::string marks(cells, ' ');
  const auto mark = [&](const Point& point, char sign) {
    if (!axis.shows(point)) return;
    char& at = marks[axis.cell(point)];
    at = at == ' ' || at == sign ? sign : '+';
  };
  for (const Point& point : parts.snapshots) mark(point, 'S');
  for (const Point& point : parts.restore_points) mark(point, 'R');
  for (const Window* window : parts.windows) {
    if (window->ended_by == WindowEnd::conflict) mark(window->end, '!');
  }
  return marks;
}

std::string paint(const std::vector<Cell>& bar, const Signs& signs) {
  std::string out;
  for (const Cell cell : bar) {
    switch (cell) {
      case Cell::nothing:
        out += ' ';
        break;
      case Cell::window:
        out += signs.window;
        break;
      case Cell::bridge:
        out += signs.bridge;
        break;
      case Cell::gap:
        out += signs.gap;
        break;
    }
  }
  return out;
}

std::string legend(const std::vector<Cell>& bar, const std::string& marks, const Signs& signs) {
  std::string out;
  const auto add = [&](bool used, std::string_view sign, std::string_view meaning) {
    if (used) out += fmt::format("{}{} {}", out.empty() ? "" : "  ", sign, meaning);
  };
  const auto in_bar = [&](Cell cell) { return std::find(bar.begin(), bar.end(), cell) != bar.end(); };
  const auto in_marks = [&](char sign) { return marks.find(sign) != std::string::npos; };
  add(in_bar(Cell::window), signs.window, "recoverable");
  add(in_bar(Cell::bridge), signs.bridge, "bridge");
  add(in_bar(Cell::gap), signs.gap, "gap");
  add(in_marks('S'), "S", "snapshot");
  add(in_marks('R'), "R", "restore point");
  add(in_marks('!'), "!", "conflict");
  add(in_marks('+'), "+", "several");
  return out;
}

std::string without_end_spaces(std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

}  // namespace

std::string draw_timeline(const Inventory& inventory, TimelineId timeline, const DrawingStyle& style) {
  const Parts parts = parts_of(inventory, timeline);
  if (parts.windows.empty()) return {};
  const std::size_t cells = std::clamp(style.width, kNarrowest, kWidest) - kIndent;
  const Axis axis(parts, cells);
  const Signs& signs = style.unicode ? kUnicodeSigns : kAsciiSigns;
  const std::vector<Cell> bar = make_bar(parts, axis, cells);
  const std::string marks = make_marks(parts, axis, cells);
  const LsnNotation notation = inventory.catalogue.notation;
  std::string ends = axis.label(axis.first(), notation);
  const std::string last = axis.label(axis.last(), notation);
  if (last != ends) ends += fmt::format("{:>{}}", last, cells - std::min(cells, ends.size()));
  const std::string indent(kIndent, ' ');
  std::string out;
  for (const std::string& line : {marks, paint(bar, signs), ends, legend(bar, marks, signs)}) {
    if (const std::string shown = without_end_spaces(line); !shown.empty()) out += indent + shown + "\n";
  }
  return out;
}

}  // namespace pitr::cmd
