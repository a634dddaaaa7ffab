#pragma once

#include "engine/postgresql/crossing_record.hpp"
#include "engine/postgresql/segment_data.hpp"
#include "engine/postgresql/segment_scan.hpp"
#include "model/facts.hpp"
#include "model/segment_manifest.hpp"

#include <optional>
#include <string>
#include <vector>

namespace pitr::postgresql {

// What a segment tells of the state before it; each may be unknown.
struct StateBefore {
  std::optional<CrossingRecord> enters;
  std::optional<Xid> next_xid;
};

// What a segment tells, with the record that came in from the one before where that was known.
struct LogFacts {
  SegmentFacts facts;
  std::optional<XidBounds> xids;  // of all transactions that end
  std::vector<LoggedRestorePoint> restore_points;
  std::optional<Timestamp> latest;  // the latest time that the log shows
  std::optional<CrossingRecord> leaves;
  std::optional<Xid> next_xid;
};

// Throws what complete_crossing() throws.
LogFacts read_facts(const SegmentScan& scan, const StateBefore& before, const std::string& what);

}  // namespace pitr::postgresql
