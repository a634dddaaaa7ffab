#pragma once

#include "base/json.hpp"
#include "engine/postgresql/crossing_record.hpp"
#include "engine/postgresql/segment_name.hpp"
#include "model/segment_manifest.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace pitr::postgresql {

// Which cluster a log is of.
struct ClusterIdentity {
  std::uint64_t system_identifier = 0;
  std::uint32_t segment_size = 0;
  int major = 0;  // version of PostgreSQL
  bool operator==(const ClusterIdentity&) const = default;
};

Json to_json(const ClusterIdentity& identity);
// Throws Errc::corrupt, naming `what`.
ClusterIdentity identity_from_json(const Json& json, const std::string& what);

// What only PostgreSQL needs in a segment's manifest.
struct SegmentData {
  ClusterIdentity cluster;
  SegmentName name;
  // The record that goes on from the segment before, as that one left it. Absent where none does, and where
  // that segment was not at hand when this one was archived.
  std::optional<CrossingRecord> enters;
  std::optional<CrossingRecord>
      leaves;  // the one that goes on in the next segment, if its beginning is known
  // The 64-bit id that the next transaction would have got, as the last checkpoint before the segment, and
  // the last one before its end, tell. The log itself holds the lower half of ids.
  std::optional<Xid> next_xid_in;
  std::optional<Xid> next_xid_out;
};

Json to_json(const SegmentData& data);
// Throws Errc::corrupt, naming `what`.
SegmentData segment_data_from_json(const Json& json, const std::string& what);
SegmentData segment_data(const SegmentManifest& manifest);

}  // namespace pitr::postgresql
