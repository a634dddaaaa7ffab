#pragma once

#include "engine/engine.hpp"

namespace pitr::sochdb {

// Engine::replay: the directory of a database whose log ends at the target. An empty wal.manifest keeps
// SochDB from opening it until it is done.
ReplayResult replay(const ReplayRequest& request);

// Engine::space_needed, in bytes.
std::uint64_t space_needed(const ChainContents& contents);

}  // namespace pitr::sochdb
