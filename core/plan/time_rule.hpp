#pragma once

#include "plan/stop_rule.hpp"

#include <optional>
#include <vector>

namespace pitr {

// The log up to, and without, the first commit that is not certainly early enough. Of commits whose time is
// known as an interval only, those that may lie on either side of the target are counted; if the interval is
// wider than the tolerance, or the log does not show all of them, the target is refused.
class TimeRule : public StopRule {
 public:
  TimeRule(const Planning& planning, const Refusals& refusals, Timestamp time);

  [[nodiscard]] std::size_t count_eligible(
      const std::vector<const SnapshotManifest*>& snapshots) const override;
  Verdict at_snapshot(const Route& route) override;
  Verdict at_step(const Route& route) override;
  Verdict at_end(const Route& route) override;
  [[nodiscard]] bool is_beyond(const ArchivedEnd& end) const override {
    return !end.time || time_ > *end.time;
  }
  [[nodiscard]] std::string distance(std::optional<Timestamp> from) const override;

 private:
  enum class Side { early, late, unknown };
  using MaybeTime = std::optional<Timestamp>;

  // Commits, one after the other, none of which can be said to be early or late.
  struct Undecided {
    Point kept;  // the last before
    Point last;  // of them
    std::uint64_t count = 0;
    MaybeTime not_before;
    MaybeTime not_after;
  };

  [[nodiscard]] bool is_early(Timestamp time) const { return exclusive_ ? time < time_ : time <= time_; }
  [[nodiscard]] Side side_of(const MaybeTime& not_before, const MaybeTime& not_after) const;
  [[nodiscard]] Side side_of(const SegmentManifest& manifest) const;
  Verdict at_bridge(const Route& route);
  Verdict at_commits(const Route& route);
  void add_undecided(const CommitFact& commit, const Point& kept);
  [[nodiscard]] Cut cut_at(const Point& kept, std::uint64_t early_ones_dropped) const;
  // For undecided commits of which no more can follow.
  [[nodiscard]] Verdict settle(std::uint64_t early_ones_dropped) const;
  // cut_off_by: why there may be more of them than the log shows; empty where there are not.
  [[nodiscard]] Refusal refuse_undecided(const std::string& cut_off_by) const;

  const Planning& planning_;
  const Refusals& refusals_;
  Timestamp time_;
  bool exclusive_;
  std::optional<Undecided> undecided_;
};

}  // namespace pitr
