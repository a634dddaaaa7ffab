#pragma once

#include "engine/engine.hpp"
#include "repo/repository.hpp"
#include "run/archive.hpp"
#include "run/context.hpp"

namespace pitr {

// Takes a snapshot of a running server, and commits it once the log that it needs is archived. Throws
// Errc::unavailable when that log does not arrive; nothing of the snapshot is one then.
ArchiveReport take_server_snapshot(const Context& context, const ArchiveRequest& request,
                                   const Repository& repository, const Engine& engine);

}  // namespace pitr
