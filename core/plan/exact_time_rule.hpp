#pragma once

#include "plan/stop_rule.hpp"

#include <cstdint>
#include <vector>

namespace pitr {

// For logs that hold times: the log up to, and without, the first timed record that is later than the target
// (exclusive: not earlier), in the order of the log. So the cut is where that record starts, which may be in
// the segment before the one it belongs to.
class ExactTimeRule : public StopRule {
 public:
  ExactTimeRule(const Planning& planning, Timestamp time)
      : planning_(planning), time_(time), exclusive_(planning.request.exclusive) {}

  [[nodiscard]] std::size_t count_eligible(
      const std::vector<const SnapshotManifest*>& snapshots) const override;
  Verdict at_snapshot(const Route&) override { return {}; }
  Verdict at_step(const Route& route) override;
  Verdict at_end(const Route& route) override;
  [[nodiscard]] bool is_beyond(const ArchivedEnd& end) const override {
    return !end.time || time_ > *end.time;
  }
  [[nodiscard]] std::string distance(std::optional<Timestamp> from) const override;

 private:
  [[nodiscard]] bool is_late(Timestamp time) const { return exclusive_ ? time >= time_ : time > time_; }
  [[nodiscard]] bool may_hold_late(const SegmentManifest& manifest) const;
  // The commits of the step that lie behind the cut although they are not late.
  [[nodiscard]] std::uint64_t count_early_behind(const ChainStep& step, const TimedRecord& first_late) const;

  const Planning& planning_;
  Timestamp time_;
  bool exclusive_;
};

}  // namespace pitr
