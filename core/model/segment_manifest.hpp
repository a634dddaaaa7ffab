#pragma once

#include "base/json.hpp"
#include "base/time.hpp"
#include "model/ids.hpp"
#include "model/payload.hpp"
#include "model/point.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pitr {

// What a segment holds. Stored as text; never rename.
enum class SegmentContent {
  log,     // commits, each a point
  bridge,  // the difference between two states, as one commit: what happened in between is not addressable
  start,   // nothing: the state a chain begins at, written before its snapshot is taken
  mark,    // nothing: says that a snapshot was committed here, so that its absence would be noticed
};

std::string_view content_name(SegmentContent content);

// Of an encrypted log that was archived without its key nobody knows them: then all is absent.
struct CommitSummary {
  std::optional<std::uint64_t> count = 0;
  std::optional<Point> first;
  std::optional<Point> last;
};

// Adds to a count; a sum of which a part is not known is not known.
inline void add_commits(std::optional<std::uint64_t>& sum, const std::optional<std::uint64_t>& commits) {
  sum = sum && commits ? std::optional(*sum + *commits) : std::nullopt;
}

// Every commit of the segment was made after (or at) min and not later than max. Of a log that holds times:
// so were all its timed records (see facts.hpp), though none be a commit.
struct TimeBounds {
  Timestamp min;
  Timestamp max;
};

struct XidBounds {
  Xid min;
  Xid max;
};

// A restore point that is part of the log itself.
struct LoggedRestorePoint {
  std::string name;
  Point point;
};

// What a segment says of itself; stored before its payload. See pitrctl-repository(5).
struct SegmentManifest {
  std::string repository;
  std::string engine;
  TimelineId timeline;
  SegmentNumber number;
  SegmentContent content = SegmentContent::log;
  Lsn start_lsn;
  Lsn end_lsn;
  Lsn last_record_lsn;
  // link_in must equal link_out of the segment (or the link of the snapshot) it continues. Empty: not known;
  // a segment that knows neither lies inside of one record.
  std::string link_in;
  std::string link_out;
  PayloadManifest payload;
  Timestamp archived_at;
  CommitSummary commits;
  std::optional<TimeBounds> time;
  // The log is complete up to this time: every commit made until then is in this segment or before it. A log
  // that holds times tells it itself, by the latest record that has one; of others it is when they were
  // looked at.
  std::optional<Timestamp> captured_to;
  std::optional<XidBounds> xid;
  std::optional<std::uint64_t>
      hidden_commits;  // of a bridge: how many commits its one stands for, when known
  // The newest snapshot committed on its chain before it (a mark: the one it speaks of), so that the absence
  // of one shows.
  std::optional<std::string> snapshot;
  std::vector<LoggedRestorePoint> restore_points;
  PackedJson engine_data;  // an object, stored under the engine's name
};

// Throws Errc::internal for a manifest that could not be read back.
Json to_json(const SegmentManifest& manifest, LsnNotation notation);
// Checks every field; throws Errc::corrupt naming `what`. Unknown fields are ignored, a higher format is
// refused.
SegmentManifest segment_manifest_from_json(const Json& json, LsnNotation notation, const std::string& what);

Json to_json(const Point& point, LsnNotation notation);
Point point_from_json(const Json& json, LsnNotation notation, const std::string& what);

}  // namespace pitr
