#pragma once

#include "base/json.hpp"
#include "engine/sochdb/sample.hpp"
#include "model/ids.hpp"
#include "model/segment_manifest.hpp"
#include "model/snapshot_manifest.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace pitr::sochdb {

inline constexpr const char* kEngineName = "sochdb";

// What a wal.log held from one truncation to the next. SochDB counts its records from 1 each time; a
// repository goes on counting.
struct Generation {
  std::uint64_t number = 1;  // along a history
  Lsn start;                 // its first record has the LSN after this
  // So has the first one that the database's process knew when it was written: all generations since, one
  // after the other, are what it had in memory. Encrypted ones cannot be put together: there it is `start`.
  Lsn view;
  bool operator==(const Generation&) const = default;
};

// What a log says of its database besides its records.
struct DatabaseFacts {
  std::optional<std::string> keyring;   // the text of keyring.json; absent: not encrypted
  std::optional<std::string> database;  // named in wal.manifest; absent: there is none
};

// The place that a segment ends at, as its manifest tells under "sochdb": enough to find it again in the live
// log, and to say which records a restore takes.
struct SegmentData {
  Generation generation;
  std::uint64_t offset = 0;  // bytes of the generation's log before the place
  Sample head;               // of its beginning
  Sample tail;               // before the place
  bool truncated = false;    // the log was truncated before this segment: what came before that may be lost
  // No commit up to the place is later, by the clocks of their writers; of those that cannot be read, it is
  // when they were seen. Absent where none bears the time of a clock.
  std::optional<Timestamp> latest;
  DatabaseFacts facts;
  Json source = Json::object();  // identity
};

Json to_json(const SegmentData& data);
// Throws Errc::corrupt, naming the segment.
SegmentData segment_data(const SegmentManifest& manifest);

// What a snapshot's manifest tells under "sochdb" of its wal.log, which holds the records after
// generations.front().start.
struct SnapshotData {
  struct Part {
    Generation generation;
    std::uint64_t offset = 0;  // where its first record stands
  };
  std::vector<Part> parts;  // the generations in it, in order; the last may be empty
  DatabaseFacts facts;
  Json source = Json::object();
};

Json to_json(const SnapshotData& data);
// Throws Errc::corrupt, naming the snapshot.
SnapshotData snapshot_data(const SnapshotManifest& manifest);

}  // namespace pitr::sochdb
