#pragma once

#include "base/time.hpp"
#include "model/ids.hpp"

#include <optional>

namespace pitr {

// A point a database can be restored to: the position after a commit, when that commit was made (or, for
// engines whose logs hold no times, seen), and its transaction. What is not known is absent.
struct Point {
  Lsn lsn;
  std::optional<Timestamp> time;
  std::optional<Xid> xid;
  bool operator==(const Point&) const = default;
};

struct TimelinePoint {
  TimelineId timeline;
  Point point;
  bool operator==(const TimelinePoint&) const = default;
};

}  // namespace pitr
