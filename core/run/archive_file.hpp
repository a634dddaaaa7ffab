#pragma once

#include "engine/engine.hpp"
#include "repo/repository.hpp"
#include "run/archive.hpp"
#include "run/context.hpp"

namespace pitr {

// archive() for a database that hands over its log file by file: stores the file, and ahead of time others
// that wait beside it. Returns once the file itself is durable.
ArchiveReport archive_file(const Context& context, const ArchiveRequest& request,
                           const Repository& repository, const Engine& engine);

}  // namespace pitr
