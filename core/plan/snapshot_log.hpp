#pragma once

#include "base/error.hpp"
#include "model/catalogue.hpp"

#include <string>
#include <vector>

namespace pitr {

// A snapshot that cannot be restored, because the log from its start_lsn to its consistent_lsn is not whole.
struct SnapshotWithoutLog {
  const SnapshotManifest* snapshot = nullptr;  // the catalogue's
  Lsn log_end;                                 // how far the log goes
  Errc code = Errc::wal_gap;                   // or corrupt, log_conflict
  std::string reason;                          // why it ends there: "segment 12 of timeline 1 is missing"
};

// Every manifest of every segment must have been loaded. The log may be that of any timeline on whose history
// the snapshot lies.
[[nodiscard]] std::vector<SnapshotWithoutLog> snapshots_without_log(const Catalogue& catalogue);

}  // namespace pitr
