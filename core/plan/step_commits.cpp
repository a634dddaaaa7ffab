#include "plan/step_commits.hpp"

#include <algorithm>

namespace pitr {

namespace {

// Whether the manifest alone says that no commit ends in (after, until].
bool is_certainly_none(const CommitSummary& commits, Lsn after, Lsn until) {
  if (commits.count == 0 || after >= until) return true;
  return (commits.first && commits.first->lsn > until) || (commits.last && commits.last->lsn <= after);
}

bool is_sealed(const Planning& planning, const ChainStep& step) {
  return facts_of(planning, step.segment).sealed > 0;
}

}  // namespace

bool has_commits(const Planning& planning, const ChainStep& step) {
  const SoughtCommit first = first_commit_after(planning, step, step.segment.from);
  return first.point || !first.is_known;
}

SoughtCommit last_commit_until(const Planning& planning, const ChainStep& step, Lsn limit) {
  const Lsn until = std::min(limit, step.segment.to);
  const CommitSummary& commits = step.manifest->commits;
  if (is_certainly_none(commits, step.segment.from, until)) return {};
  if (commits.last && commits.last->lsn <= until) return {commits.last};
  if (is_sealed(planning, step)) return {{}, false};
  SoughtCommit last;
  for (const CommitFact& commit : commits_of(planning, step)) {
    if (commit.point.lsn <= until) last.point = commit.point;
  }
  return last;
}

SoughtCommit first_commit_after(const Planning& planning, const ChainStep& step, Lsn position) {
  const Lsn after = std::max(position, step.segment.from);
  const CommitSummary& commits = step.manifest->commits;
  if (is_certainly_none(commits, after, step.segment.to)) return {};
  if (commits.first && commits.first->lsn > after) return {commits.first};
  if (is_sealed(planning, step)) return {{}, false};
  for (const CommitFact& commit : commits_of(planning, step)) {
    if (commit.point.lsn > after) return {commit.point};
  }
  return {};
}

std::vector<CommitFact> commits_of(const Planning& planning, const ChainStep& step) {
  const SegmentFacts& facts = facts_of(planning, step.segment);
  require_unsealed(facts, step.segment, "a time");
  std::vector<CommitFact> commits;
  for (const CommitFact& commit : facts.commits) {
    if (commit.point.lsn > step.segment.from && commit.point.lsn <= step.segment.to)
      commits.push_back(commit);
  }
  return commits;
}

}  // namespace pitr
