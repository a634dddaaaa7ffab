#pragma once

#include "engine/engine.hpp"

namespace pitr::sqlite {

// Engine::replay for SQLite. Every page is written once, in its last version before the target: the log is
// read from its end backwards, and the snapshot gives what no frame had. Memory: the segments in flight (jobs
// + 1 of at most 64 MiB) and one bit for each page.
ReplayResult replay(const ReplayRequest& request);

// Bytes that the restored database will have.
std::uint64_t size_at(const ChainContents& contents);

}  // namespace pitr::sqlite
