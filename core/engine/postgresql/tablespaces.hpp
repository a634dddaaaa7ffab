#pragma once

#include "base/file.hpp"
#include "engine/engine.hpp"
#include "engine/postgresql/snapshot_data.hpp"

#include <string>
#include <vector>

namespace pitr::postgresql {

// Where each tablespace goes, in the order of data.tablespaces: where the options say, else where it was.
// Throws a usage error for a name that no tablespace has, a relative path, and two directories of the cluster
// of which one is the other or lies inside it.
std::vector<fs::path> tablespace_locations(const SnapshotData& data, const RecoveryOptions& options,
                                           const fs::path& target);

// The file of that name, which makes the server link the tablespaces when it recovers from a backup.
std::string tablespace_map(const SnapshotData& data, const std::vector<fs::path>& locations);

}  // namespace pitr::postgresql
