#pragma once

#include "plan/planning.hpp"
#include "plan/stop_rule.hpp"

#include <variant>
#include <vector>

namespace pitr {

// Finds the newest snapshot of a path whose chain reaches the target, or the one that was asked for, and
// makes the plan or says why there is none.
std::variant<Plan, Refusal> search_path(const Planning& planning, const std::vector<PathElement>& path,
                                        const Refusals& refusals, StopRule& rule);

}  // namespace pitr
