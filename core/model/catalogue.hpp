#pragma once

#include "model/restore_point.hpp"
#include "model/segment_manifest.hpp"
#include "model/snapshot_manifest.hpp"
#include "model/timeline.hpp"

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace pitr {

// An object that is there but cannot be used, or should be there and is not.
struct Damage {
  std::string object;
  std::string problem;
};

// One segment, as far as it is known: its name always, its manifest once somebody asked for it.
struct SegmentEntry {
  SegmentNumber number;
  SegmentNumber last_number;                 // differs from number for a merged segment
  std::optional<std::uint64_t> object_size;  // when the listing told
};

struct TimelineEntry {
  TimelineId id;
  std::optional<TimelineDocument> document;  // absent when missing or damaged
  std::vector<SegmentEntry> segments;        // sorted by number, then by last_number
};

// An object with a snapshot's data, by its name alone.
struct PackEntry {
  std::string name;
  std::optional<std::uint64_t> object_size;  // when the listing told
};

// A file that goes with the log (see FileManifest), by its name alone.
struct FileEntry {
  std::string name;
  std::optional<std::uint64_t> object_size;  // when the listing told
};

// What a repository holds, as one listing showed it. A value: knows nothing of stores. Manifests of segments
// are added as they are read; whoever needs one that is not there asks for it (see plan/planner.hpp).
class Catalogue {
 public:
  std::string repository;
  std::string engine;
  LsnNotation notation = LsnNotation::decimal;
  std::map<TimelineId, TimelineEntry> timelines;
  std::vector<SnapshotManifest> snapshots;   // readable ones, sorted by timeline, start_lsn, id
  std::vector<PackEntry> packs;              // sorted by name
  std::vector<FileEntry> files;              // sorted by name
  std::vector<RestorePoint> restore_points;  // not the deleted ones
  std::vector<Damage> damaged;               // documents and snapshots that cannot be used
  std::vector<std::string> unknown_objects;  // names that no reader of this format expects

  // A loaded manifest is either good or damaged.
  struct Loaded {
    std::optional<SegmentManifest> manifest;
    std::string problem;  // why not, when there is none
  };
  // Null when it has not been loaded yet.
  [[nodiscard]] const Loaded* loaded(TimelineId timeline, const SegmentEntry& entry) const;
  void add(TimelineId timeline, const SegmentEntry& entry, Loaded loaded);

  [[nodiscard]] const TimelineEntry* timeline(TimelineId id) const;
  [[nodiscard]] const SnapshotManifest* snapshot(const std::string& id) const;

 private:
  using Key = std::pair<std::uint64_t, std::uint64_t>;
  std::map<TimelineId, std::map<Key, Loaded>> loaded_;
};

}  // namespace pitr
