#include "cmd/json_values.hpp"

namespace pitr::cmd {

Json json_point(const Point& point, LsnNotation notation) {
  Json json;
  json["lsn"] = format_lsn(point.lsn, notation);
  json["time"] = json_time_or_null(point.time);
  json["xid"] = point.xid ? Json(point.xid->value) : Json(nullptr);
  return json;
}

Json json_point(const std::optional<Point>& point, LsnNotation notation) {
  return point ? json_point(*point, notation) : Json(nullptr);
}

Json json_timeline_point(const TimelinePoint& point, LsnNotation notation) {
  Json json;
  json["timeline"] = point.timeline.value;
  json.update(json_point(point.point, notation));
  return json;
}

Json json_seconds(Duration duration) { return static_cast<double>(duration.count()) / 1e6; }

Json json_restore_point(const RestorePoint& restore_point, LsnNotation notation) {
  Json json;
  json["name"] = restore_point.name;
  json.update(json_timeline_point({restore_point.timeline, restore_point.point}, notation));
  json["description"] = restore_point.description;
  json["created_at"] = format_time(restore_point.created_at);
  json["logged"] = restore_point.logged;
  return json;
}

}  // namespace pitr::cmd
