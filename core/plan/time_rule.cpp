#include "plan/time_rule.hpp"

#include "plan/step_commits.hpp"
#include "plan/wording.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace pitr {

namespace {

std::uint64_t count_if_early(const std::vector<CommitFact>& commits, std::size_t from, auto is_early) {
  const auto first = commits.begin() + static_cast<std::ptrdiff_t>(from);
  return static_cast<std::uint64_t>(std::count_if(first, commits.end(), is_early));
}

}  // namespace

TimeRule::TimeRule(const Planning& planning, const Refusals& refusals, Timestamp time)
    : planning_(planning), refusals_(refusals), time_(time), exclusive_(planning.request.exclusive) {}

// Where clocks went back, a later snapshot may bear an earlier time than one before it; the log is read in
// its order.
std::size_t TimeRule::count_eligible(const std::vector<const SnapshotManifest*>& snapshots) const {
  const auto end = std::find_if(snapshots.begin(), snapshots.end(), [&](const SnapshotManifest* snapshot) {
    return !is_early(latest_time_in(*snapshot));
  });
  return static_cast<std::size_t>(end - snapshots.begin());
}

// Between two looks the earlier one is excluded: what it saw was committed before.
TimeRule::Side TimeRule::side_of(const MaybeTime& not_before, const MaybeTime& not_after) const {
  if (not_after && is_early(*not_after)) return Side::early;
  if (!not_before) return Side::unknown;
  const bool is_exact = not_before == not_after;
  if (is_exact ? !is_early(*not_before) : *not_before >= time_) return Side::late;
  return Side::unknown;
}

// The bounds of a segment are those of all its commits together: at its lower bound there may be one.
TimeRule::Side TimeRule::side_of(const SegmentManifest& manifest) const {
  if (!manifest.time) return Side::unknown;
  if (manifest.content == SegmentContent::bridge) return side_of(manifest.time->min, manifest.time->max);
  if (is_early(manifest.time->max)) return Side::early;
  return is_early(manifest.time->min) ? Side::unknown : Side::late;
}

Verdict TimeRule::at_snapshot(const Route&) {
  undecided_.reset();
  return {};
}

Verdict TimeRule::at_step(const Route& route) {
  const ChainStep& step = route.last_step();
  // What is older than the snapshot's point is in it.
  if (step.segment.to <= route.snapshot().consistent_lsn || !has_commits(planning_, step)) return {};
  const Side side = side_of(*step.manifest);
  if (undecided_ && side != Side::unknown) return settle(0);
  if (side == Side::early) return {};
  if (side == Side::late) return cut_at(route.last_point(step.segment.from), 0);
  return step.manifest->content == SegmentContent::bridge ? at_bridge(route) : at_commits(route);
}

Verdict TimeRule::at_bridge(const Route& route) {
  const ChainStep& bridge = route.last_step();
  if (!undecided_) return refusals_.inside_bridge(route, bridge);
  return refuse_undecided(name_segment(bridge.segment.timeline, bridge.segment.entry) + " is a bridge");
}

Verdict TimeRule::at_commits(const Route& route) {
  Point kept = route.last_point(route.last_step().segment.from);
  const std::vector<CommitFact> commits = commits_of(planning_, route.last_step());
  const auto is_early_commit = [&](const CommitFact& c) {
    return side_of(c.not_before, c.not_after) == Side::early;
  };
  for (std::size_t i = 0; i < commits.size(); ++i) {
    const CommitFact& commit = commits[i];
    if (commit.point.lsn <= route.snapshot().consistent_lsn) continue;
    const Side side = side_of(commit.not_before, commit.not_after);
    if (side == Side::unknown) {
      add_undecided(commit, kept);
    } else if (undecided_) {
      return settle(count_if_early(commits, i, is_early_commit));
    } else if (side == Side::late) {
      return cut_at(kept, count_if_early(commits, i, is_early_commit));
    } else {
      kept = commit.point;
    }
  }
  return {};
}

void TimeRule::add_undecided(const CommitFact& commit, const Point& kept) {
  if (!undecided_) undecided_ = Undecided{kept, {}, 0, commit.not_before, commit.not_after};
  Undecided& undecided = *undecided_;
  undecided.last = commit.point;
  ++undecided.count;
  const bool is_open = !undecided.not_before || !commit.not_before;
  undecided.not_before = is_open ? MaybeTime() : std::min(*undecided.not_before, *commit.not_before);
  const bool is_endless = !undecided.not_after || !commit.not_after;
  undecided.not_after = is_endless ? MaybeTime() : std::max(*undecided.not_after, *commit.not_after);
}

Verdict TimeRule::at_end(const Route& route) {
  const auto captured_to = route.captured_to();
  const bool is_complete = captured_to && time_ <= *captured_to;
  if (undecided_) return is_complete ? settle(0) : Verdict(refuse_undecided(route.walk().stop_reason()));
  const Lsn end = route.walk().position();
  if (!is_complete || end < route.snapshot().consistent_lsn) return {};
  return cut_at(route.last_point(end), 0);
}

Cut TimeRule::cut_at(const Point& kept, std::uint64_t early_ones_dropped) const {
  Cut cut{kept.lsn, 0, {}};
  if (early_ones_dropped > 0) cut.warnings.push_back(warn_of_early_commits(early_ones_dropped));
  return cut;
}

Verdict TimeRule::settle(std::uint64_t early_ones_dropped) const {
  const bool is_narrow = undecided_->not_before && undecided_->not_after &&
                         *undecided_->not_after - *undecided_->not_before <= planning_.request.time_tolerance;
  if (!is_narrow) return refuse_undecided({});
  Cut cut = cut_at(undecided_->kept, early_ones_dropped);
  cut.undecidable = undecided_->count;
  cut.warnings.push_back(
      fmt::format("{} seen between {} and {}, which may have been made before or after the target: dropped",
                  count_commits(undecided_->count), format_time(*undecided_->not_before),
                  format_time(*undecided_->not_after)));
  return cut;
}

Refusal TimeRule::refuse_undecided(const std::string& cut_off_by) const {
  const Undecided& undecided = *undecided_;
  const auto shown = [](const MaybeTime& time) {
    return time ? format_time(*time) : std::string("an unknown time");
  };
  Refusal refusal = refusals_.between(
      Errc::target_unreachable,
      fmt::format(
          "{} cannot be told exactly: {} seen between {} and {} may have been made before or after it",
          refusals_.target(), count_commits(undecided.count), shown(undecided.not_before),
          shown(undecided.not_after)),
      undecided.kept, undecided.last);
  if (!cut_off_by.empty()) refusal.message += ", and there may be more of them: " + cut_off_by;
  refusal.hint = fmt::format("{} keeps none of them, {} all", refusals_.to_lsn(undecided.kept.lsn),
                             refusals_.to_lsn(undecided.last.lsn));
  if (cut_off_by.empty() && undecided.not_before && undecided.not_after) {
    refusal.hint += fmt::format("; --time-tolerance {} goes on without them",
                                duration_option(*undecided.not_after - *undecided.not_before));
  }
  return refusal;
}

std::string TimeRule::distance(std::optional<Timestamp> from) const { return distance_between(time_, from); }

}  // namespace pitr
