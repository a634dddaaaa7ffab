#pragma once

#include "plan/refusals.hpp"

#include <variant>
#include <vector>

namespace pitr {

// Where a transaction committed on a path. Needs every manifest of the path, and the facts of the segments
// that may hold it.
std::variant<Lsn, Refusal> find_transaction(const Planning& planning, const std::vector<PathElement>& path,
                                            const Refusals& refusals, Xid xid);

}  // namespace pitr
