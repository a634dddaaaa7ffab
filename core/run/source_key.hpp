#pragma once

#include "engine/engine.hpp"
#include "run/context.hpp"

#include <optional>

namespace pitr {

// The key of the database that is archived or restored: what the key file holds (without the line's end),
// else what the engine's variable does, else nothing. Throws a usage error for a key file where databases of
// this engine have no key, and for one that cannot be a key.
std::optional<SourceKey> source_key(const Context& context, const Engine& engine);

// The same for work that needs no key: throws where the option does not go with the engine.
void check_source_key(const Context& context, const Engine& engine);

}  // namespace pitr
