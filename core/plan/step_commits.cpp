#include "plan/step_commits.hpp"

#include <algorithm>

namespace pitr {

namespace {

// Whether the manifest alone says that no commit ends in (after, until].
bool is_certainly_none(const CommitSummary& commits, Lsn after, Lsn until) {
  if (commits.count == 0 || after >= until) return true;
  return (commits.first && commits.first->lsn > until) || (commits.last && commits.last->lsn <= after);
}

}  // namespace

bool has_commits(const Planning& planning, const ChainStep& step) {
  return first_commit_after(planning, step, step.segment.from).has_value();
}

std::optional<Point> last_commit_until(const Planning& planning, const ChainStep& step, Lsn limit) {
  const Lsn until = std::min(limit, step.segment.to);
  const CommitSummary& commits = step.manifest->commits;
  if (is_certainly_none(commits, step.segment.from, until)) return std::nullopt;
  if (commits.last && commits.last->lsn <= until) return commits.last;
  std::optional<Point> last;
  for (const CommitFact& commit : commits_of(planning, step)) {
    if (commit.point.lsn <= until) last = commit.point;
  }
  return last;
}

std::optional<Point> first_commit_after(const Planning& planning, const ChainStep& step, Lsn position) {
  const Lsn after = std::max(position, step.segment.from);
  const CommitSummary& commits = step.manifest->commits;
  if (is_certainly_none(commits, after, step.segment.to)) return std::nullopt;
  if (commits.first && commits.first->lsn > after) return commits.first;
  for (const CommitFact& commit : commits_of(planning, step)) {
    if (commit.point.lsn > after) return commit.point;
  }
  return std::nullopt;
}

std::vector<CommitFact> commits_of(const Planning& planning, const ChainStep& step) {
  std::vector<CommitFact> commits;
  for (const CommitFact& commit : facts_of(planning, step.segment).commits) {
    if (commit.point.lsn > step.segment.from && commit.point.lsn <= step.segment.to)
      commits.push_back(commit);
  }
  return commits;
}

}  // namespace pitr
