#pragma once

#include "base/json.hpp"
#include "model/point.hpp"
#include "model/restore_point.hpp"

#include <optional>

namespace pitr::cmd {

// Values that several documents hold.

Json json_point(const Point& point, LsnNotation notation);  // {"lsn", "time", "xid"}
Json json_point(const std::optional<Point>& point, LsnNotation notation);
Json json_timeline_point(const TimelinePoint& point, LsnNotation notation);  // the same after "timeline"
Json json_seconds(Duration duration);
Json json_restore_point(const RestorePoint& restore_point, LsnNotation notation);

// An array of what `convert` makes of each item.
template <typename Items, typename Convert>
Json json_array(const Items& items, Convert convert) {
  Json array = Json::array();
  for (const auto& item : items) array.push_back(convert(item));
  return array;
}

}  // namespace pitr::cmd
