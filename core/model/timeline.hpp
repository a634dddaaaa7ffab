#pragma once

#include "base/json.hpp"
#include "base/time.hpp"
#include "model/ids.hpp"

#include <optional>
#include <string>

namespace pitr {

// One branch of history, as stored in timelines/<tl>.json before anything else on it.
struct TimelineDocument {
  std::string repository;
  TimelineId timeline;
  std::optional<TimelineId> parent;
  std::optional<Lsn> fork_lsn;  // present exactly when parent is
  SegmentNumber first_number{1};
  std::optional<std::string> restore_id;  // of the restore this timeline goes on from
  Timestamp created_at;
  Json source = Json::object();  // identity of the database, the engine's own members
};

// Throws Errc::internal for a document that could not be read back.
Json to_json(const TimelineDocument& document, LsnNotation notation);
// Checks every field; throws Errc::corrupt naming `what`. Unknown fields are ignored, a higher format is
// refused.
TimelineDocument timeline_from_json(const Json& json, LsnNotation notation, const std::string& what);

}  // namespace pitr
