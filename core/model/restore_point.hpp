#pragma once

#include "base/json.hpp"
#include "base/time.hpp"
#include "model/point.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace pitr {

// A named point, stored as restore-points/<tl>/<lsn>-<name>/<n>.json; a deletion is a later generation.
struct RestorePoint {
  std::string repository;
  std::string name;
  TimelineId timeline;
  Point point;
  std::string description;
  Timestamp created_at;
  bool deleted = false;
  bool logged = false;  // part of the database's own log, not a document
};

// Throws Errc::internal for a document that could not be read back.
Json to_json(const RestorePoint& restore_point, LsnNotation notation);
// Checks every field; throws Errc::corrupt naming `what`. Unknown fields are ignored, a higher format is
// refused.
RestorePoint restore_point_from_json(const Json& json, LsnNotation notation, const std::string& what);

// The name is part of an object's name, percent-encoded (see base/percent.hpp), behind an LSN of sixteen
// digits and a '-'. File systems take names of up to 255 bytes.
inline constexpr std::size_t kMaxStoredPointName = 255 - 17;

// 1 to kMaxStoredPointName bytes once percent-encoded, valid UTF-8 without control characters; throws a usage
// error otherwise.
void check_restore_point_name(std::string_view name);

}  // namespace pitr
