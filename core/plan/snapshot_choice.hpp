#pragma once

#include "plan/refusals.hpp"

#include <optional>
#include <string>
#include <vector>

namespace pitr {

// A snapshot whose manifest cannot be read. Its id tells when it was taken, and nothing else is known of it.
struct DamagedSnapshot {
  std::string id;
  std::string problem;
};

// Sorted by id.
std::vector<DamagedSnapshot> damaged_snapshots(const Catalogue& catalogue);

// Why a path without a usable snapshot cannot be restored.
Refusal refuse_without_snapshot(const Planning& planning, const std::vector<PathElement>& path);

// Nothing when the snapshot that was asked for is on the path (or none was asked for).
std::optional<Refusal> check_forced_snapshot(const Planning& planning, const std::vector<PathElement>& path);

// Adds the damaged snapshots that might have served better than the chosen one: newer than it, and older than
// `next`, the first snapshot beyond the target.
void report_damaged_snapshots(const Planning& planning, const SnapshotManifest* next, Plan& plan);

}  // namespace pitr
