#pragma once

#include "engine/engine.hpp"

namespace pitr::postgresql {

// Engine::check_recovery for PostgreSQL: that a server of the right version is there and may be run, where
// one is to be run or was named. Warns when this machine has servers, but of other versions only.
std::vector<std::string> check_recovery(const SnapshotManifest& snapshot, const RecoveryOptions& options,
                                        const fs::path& target);

}  // namespace pitr::postgresql
