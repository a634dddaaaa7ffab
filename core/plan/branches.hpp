#pragma once

#include "plan/planning.hpp"
#include "plan/refusals.hpp"

#include <optional>
#include <vector>

namespace pitr {

// Another timeline that shares the beginning of a path's history.
struct Branch {
  TimelineId timeline;
  Lsn fork;               // where the two part
  TimelineId path_child;  // the path's own timeline that begins there
  ArchivedEnd end;        // of the branch
};

// Those of other timelines that part from the path and hold log of their own after that.
std::vector<Branch> branches_of(const Planning& planning, const std::vector<PathElement>& path);

// Whether the branch went on being archived after the path's own timeline began: then it is as good a meaning
// of "the database" as the path is.
bool is_live(const Planning& planning, const Branch& branch);

}  // namespace pitr
