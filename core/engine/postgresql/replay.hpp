#pragma once

#include "engine/engine.hpp"

namespace pitr::postgresql {

// Engine::replay for PostgreSQL: writes the snapshot's files, and settings with which the server itself
// recovers from the archive up to the target. global/pg_control, without which no server starts, appears
// last.
ReplayResult replay(const ReplayRequest& request);

// Engine::foreign_entries.
std::vector<std::string> foreign_entries(const ChainContents& contents, const RecoveryOptions& options,
                                         const RestorePlace& place);

// Engine::space_needed: of the data directory, without the tablespaces.
std::uint64_t space_needed(const ChainContents& contents);

// Engine::other_directories: those of the tablespaces.
std::vector<OtherDirectory> other_directories(const ChainContents& contents, const RecoveryOptions& options,
                                              const fs::path& target);

}  // namespace pitr::postgresql
