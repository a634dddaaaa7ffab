#pragma once

#include "engine/engine.hpp"
#include "plan/planner.hpp"
#include "repo/repository.hpp"
#include "run/context.hpp"

#include <cstddef>
#include <memory>
#include <variant>

namespace pitr {

struct TimelineLsn {
  TimelineId timeline;
  Lsn lsn;
};

// A repository, and what reads the log in it.
struct ArchivedDatabase {
  const Repository& repository;
  const Engine& engine;
  const SourceKey* key = nullptr;  // of an encrypted database, where it is known
};

// Asks the planner, and reads for it what it needs, until it answers. Throws a usage error where that cannot
// be read for want of the key.
std::variant<Plan, Refusal> make_plan(const ArchivedDatabase& database, Catalogue& catalogue,
                                      const PlanRequest& request, std::size_t jobs);

// What a plan reads. Repository and catalogue must outlive it. Throws Errc::corrupt when the snapshot cannot
// be read.
std::unique_ptr<ChainContents> open_contents(const Repository& repository, const Catalogue& catalogue,
                                             const Plan& plan);

// The archived state at a position; null, and a warning, where the repository cannot give it back.
std::unique_ptr<ChainContents> contents_at(const ArchivedDatabase& database, Catalogue& catalogue,
                                           const TimelineLsn& position, const Context& context);

}  // namespace pitr
