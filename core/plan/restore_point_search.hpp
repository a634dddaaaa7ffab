#pragma once

#include "plan/planning.hpp"

#include <optional>
#include <variant>
#include <vector>

namespace pitr {

// A restore point and the history to reach it on.
struct NamedPlace {
  Lsn lsn;
  std::vector<PathElement> path;
};

// Finds the restore point that a target names: on the request's timeline, or, without one, on any.
// `default_path` is the one preferred where several hold it.
std::variant<NamedPlace, Refusal> find_restore_point(const Planning& planning,
                                                     const std::vector<PathElement>& default_path,
                                                     const ToRestorePoint& target);

}  // namespace pitr
