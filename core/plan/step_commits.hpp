#pragma once

#include "plan/chain.hpp"
#include "plan/planning.hpp"

#include <optional>
#include <vector>

namespace pitr {

// Questions about the commits in the part of the log that a step contributes: those that end after
// step.segment.from and at or before step.segment.to. Answered from the manifest where it can be; otherwise
// from the segment's facts (throws Missing without them).

// A commit, absent where there is none.
struct SoughtCommit {
  std::optional<Point> point;
  bool is_known = true;  // false: records that cannot be read for want of the key may hold it
};

// Those that cannot be read for want of the key count, too.
bool has_commits(const Planning& planning, const ChainStep& step);

// The last that ends at or before the limit.
SoughtCommit last_commit_until(const Planning& planning, const ChainStep& step, Lsn limit);

// The first that ends after the position.
SoughtCommit first_commit_after(const Planning& planning, const ChainStep& step, Lsn position);

// All of them, from the facts. Throws a usage error where they cannot be read for want of the key.
std::vector<CommitFact> commits_of(const Planning& planning, const ChainStep& step);

}  // namespace pitr
