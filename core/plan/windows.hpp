#pragma once

#include "model/catalogue.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace pitr {

struct Bridge {
  Point start;  // the last point before
  Point end;    // the first after
  std::optional<std::uint64_t> hidden_commits;
};

enum class WindowEnd { head, gap, conflict };

// A maximal interval of points that some chain reaches. On a timeline with a parent it covers what lies after
// the fork; the chain may begin at a snapshot of an ancestor.
struct Window {
  TimelineId timeline;
  std::string snapshot;  // the earliest that begins it
  Point start;
  Point end;
  WindowEnd ended_by = WindowEnd::head;
  // Addressable ones, without the start; absent where some of its log is encrypted and was archived without
  // the key.
  std::optional<std::uint64_t> commits = 0;
  std::uint64_t stored_bytes = 0;  // of its segments
  std::vector<Bridge> bridges;
};

// Log that is missing between two archived points of a timeline.
struct Gap {
  TimelineId timeline;
  std::optional<Point> start;    // the last point before; absent when nothing is
  std::optional<Point> end;      // the first point after; absent when nothing is
  std::string reason;            // "segments 12 to 14 are missing"
  bool missing_objects = false;  // segments are missing or unreadable, rather than never archived
  std::optional<SegmentNumber> first_missing{};  // the first number that no object has
};

// Two segments that ought to follow each other and do not: their link tokens differ.
struct LinkConflict {
  TimelineId timeline;
  SegmentNumber segment;  // the one that does not fit
  std::string message;
};

struct Survey {
  std::vector<Window> windows;  // by timeline, then start
  std::vector<Gap> gaps;
  std::vector<LinkConflict> conflicts;
};

// Every manifest of every segment must have been loaded.
[[nodiscard]] Survey survey(const Catalogue& catalogue);

}  // namespace pitr
