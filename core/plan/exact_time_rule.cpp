#include "plan/exact_time_rule.hpp"

#include "plan/step_commits.hpp"
#include "plan/wording.hpp"

#include <algorithm>

namespace pitr {

// Where clocks went back, a later snapshot may bear an earlier time than one before it; the log is read in
// its order.
std::size_t ExactTimeRule::count_eligible(const std::vector<const SnapshotManifest*>& snapshots) const {
  const auto end = std::find_if(snapshots.begin(), snapshots.end(), [&](const SnapshotManifest* snapshot) {
    return is_late(latest_time_in(*snapshot));
  });
  return static_cast<std::size_t>(end - snapshots.begin());
}

bool ExactTimeRule::may_hold_late(const SegmentManifest& manifest) const {
  return manifest.time ? is_late(manifest.time->max) : manifest.commits.count != 0;
}

Verdict ExactTimeRule::at_step(const Route& route) {
  const ChainStep& step = route.last_step();
  if (!may_hold_late(*step.manifest)) return {};
  const SegmentFacts& facts = facts_of(planning_, step.segment);
  require_unsealed(facts, step.segment, "a time");
  const auto& timed = facts.timed;
  const auto late = std::find_if(timed.begin(), timed.end(), [&](const TimedRecord& record) {
    return record.end > step.segment.from && record.end <= step.segment.to && is_late(record.time);
  });
  if (late == timed.end()) return {};
  if (late->start < route.snapshot().consistent_lsn) return SnapshotTooLate{};
  Cut cut{late->start, 0, {}};
  if (late->start <= step.segment.from) cut.decided_by = step.segment;
  if (const std::uint64_t early = count_early_behind(step, *late))
    cut.warnings.push_back(warn_of_early_commits(early));
  return cut;
}

std::uint64_t ExactTimeRule::count_early_behind(const ChainStep& step, const TimedRecord& first_late) const {
  const auto commits = commits_of(planning_, step);
  return static_cast<std::uint64_t>(
      std::count_if(commits.begin(), commits.end(), [&](const CommitFact& commit) {
        return commit.point.lsn > first_late.start && commit.point.time && !is_late(*commit.point.time);
      }));
}

Verdict ExactTimeRule::at_end(const Route& route) {
  const Lsn end = route.walk().position();
  const auto captured_to = route.captured_to();
  if (!captured_to || *captured_to < time_ || end < route.snapshot().consistent_lsn) return {};
  return Cut{end, 0, {}};
}

std::string ExactTimeRule::distance(std::optional<Timestamp> from) const {
  return distance_between(time_, from);
}

}  // namespace pitr
