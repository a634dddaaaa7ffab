#pragma once

#include "plan/refusals.hpp"

#include <variant>
#include <vector>

namespace pitr {

// Where a transaction ended, by a commit or by being rolled back.
struct FoundTransaction {
  Lsn end;
  bool was_rolled_back = false;
};

// Finds a transaction on a path. Needs every manifest of the path, and the facts of the segments that may
// hold it.
std::variant<FoundTransaction, Refusal> find_transaction(const Planning& planning,
                                                         const std::vector<PathElement>& path,
                                                         const Refusals& refusals, Xid xid);

}  // namespace pitr
