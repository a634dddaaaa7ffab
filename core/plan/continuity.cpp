#include "plan/continuity.hpp"

#include "plan/fork_states.hpp"
#include "plan/path.hpp"
#include "plan/route.hpp"
#include "plan/wording.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace pitr {

namespace {

// Numbers that nothing readable holds, and where the log goes on after them.
struct Hole {
  std::string reason;
  std::optional<SegmentNumber> first_missing;
  const SegmentEntry* after = nullptr;
};

void add_reason(std::string& reason, const std::string& more) {
  reason += (reason.empty() ? "" : "; ") + more;
}

class ContinuityCheck {
 public:
  explicit ContinuityCheck(const SegmentLookup& lookup)
      : lookup_(lookup), catalogue_(lookup.catalogue()), forks_(lookup.catalogue()) {}

  Continuity run() {
    for (const auto& [id, entry] : catalogue_.timelines) check(entry);
    return std::move(found_);
  }

 private:
  using LastPoint = std::optional<Point>;

  void check(const TimelineEntry& timeline);
  [[nodiscard]] std::optional<SegmentNumber> last_expected(const TimelineEntry& timeline) const;
  const SegmentEntry* check_run(const TimelineEntry& timeline, ChainWalk& walk);
  const SegmentEntry* check_break_before_fork(const TimelineEntry& timeline, const ChainWalk& walk);
  [[nodiscard]] static SegmentNumber first_number(const TimelineEntry& timeline);
  const SegmentEntry* check_numbers(const TimelineEntry& timeline, SegmentNumber from,
                                    const std::string& reason);
  [[nodiscard]] Hole hole_from(const TimelineEntry& timeline, SegmentNumber from) const;
  const SegmentEntry* readable(TimelineId timeline, const std::vector<const SegmentEntry*>& entries) const;
  [[nodiscard]] ChainState begin_at(TimelineId timeline, const SegmentEntry& entry) const;
  [[nodiscard]] Point first_point(TimelineId timeline, const SegmentManifest& manifest) const;
  [[nodiscard]] Point point_at(TimelineId timeline, Lsn lsn) const;
  [[nodiscard]] std::optional<Point> first_snapshot_beyond(TimelineId timeline, SegmentNumber number) const;

  const SegmentLookup& lookup_;
  const Catalogue& catalogue_;
  ForkStates<LastPoint> forks_;
  std::set<SegmentPlace> breaks_;  // reported already
  LastPoint last_;
  Continuity found_;
};

std::optional<SegmentNumber> ContinuityCheck::last_expected(const TimelineEntry& timeline) const {
  std::optional<SegmentNumber> last = lookup_.numbers(timeline).last();
  for (const SnapshotManifest& snapshot : catalogue_.snapshots) {
    if (snapshot.timeline != timeline.id || snapshot.next_number.value < 2) continue;
    const SegmentNumber before{snapshot.next_number.value - 1};
    last = std::max(last.value_or(before), before);
  }
  return last;
}

void ContinuityCheck::check(const TimelineEntry& timeline) {
  const auto path = known_path(catalogue_, timeline);
  const SegmentNumber first = first_number(timeline);
  const SegmentEntry* next = nullptr;
  last_.reset();
  const auto noted = forks_.of(lookup_, path);
  if (!noted.empty()) {
    last_ = noted.front()->origin;
    ChainWalk walk(lookup_, path, noted.front()->state);
    next = check_run(timeline, walk);
  } else {
    next = check_numbers(timeline, first, {});
  }
  while (next != nullptr) {
    ChainWalk walk(lookup_, path, begin_at(timeline.id, *next));
    next = check_run(timeline, walk);
  }
}

// Follows the log to its next break, reports it, and returns the segment that comes after.
const SegmentEntry* ContinuityCheck::check_run(const TimelineEntry& timeline, ChainWalk& walk) {
  forks_.follow(walk, timeline.id, last_, [&](const ChainState&, const ChainStep& step) {
    const SegmentManifest& manifest = *step.manifest;
    if (manifest.content == SegmentContent::start) last_ = point_at(step.segment.timeline, step.segment.to);
    if (manifest.commits.last && manifest.commits.last->lsn <= step.segment.to) last_ = manifest.commits.last;
    if (!manifest.commits.count) last_ = Point{step.segment.to, std::nullopt, std::nullopt};
  });
  if (!last_) last_ = Point{walk.position(), std::nullopt, std::nullopt};
  if (walk.stop() == ChainStop::conflict && walk.broken_at().timeline == timeline.id) {
    breaks_.insert(walk.broken_at());
    found_.conflicts.push_back({timeline.id, walk.culprit()->number, walk.stop_reason()});
    return walk.culprit();
  }
  const ChainState& state = walk.state();
  if (state.timeline != timeline.id) return check_break_before_fork(timeline, walk);
  if (walk.stop() != ChainStop::head) {
    breaks_.insert(walk.broken_at());
    return check_numbers(timeline, state.next, walk.stop_reason());
  }
  const auto last = lookup_.numbers(timeline).last();
  const bool holds_all_numbers = last && state.next <= *last;
  return holds_all_numbers ? nullptr : check_numbers(timeline, state.next, {});
}

// The log ends before the timeline's own begins. That an ancestor ends is a break only for a child that forks
// off it beyond; what the timeline itself lacks, its numbers tell.
const SegmentEntry* ContinuityCheck::check_break_before_fork(const TimelineEntry& timeline,
                                                             const ChainWalk& walk) {
  const SegmentNumber first = first_number(timeline);
  // Where a number follows from a position, a timeline of which nothing is archived yet lacks nothing if its
  // ancestors' log comes to its first number. That number 1 is next tells nothing: where segments are
  // counted, every timeline begins with it.
  const bool lacks_nothing = timeline.segments.empty() && walk.state().next == first && first.value > 1;
  const bool is_new = !lacks_nothing && breaks_.insert(walk.broken_at()).second;
  if (is_new && walk.broken_at().timeline != timeline.id)
    found_.gaps.push_back({timeline.id, last_, std::nullopt, walk.stop_reason(), false});
  return check_numbers(timeline, first, {});
}

SegmentNumber ContinuityCheck::first_number(const TimelineEntry& timeline) {
  return timeline.document ? timeline.document->first_number : SegmentNumber{1};
}

// Reports what is missing from a number on, or, where nothing is, the reason given (if any).
const SegmentEntry* ContinuityCheck::check_numbers(const TimelineEntry& timeline, SegmentNumber from,
                                                   const std::string& reason) {
  const Hole hole = hole_from(timeline, from);
  if (hole.reason.empty() && reason.empty()) return hole.after;
  Gap gap{timeline.id,          last_,
          std::nullopt,         hole.reason.empty() ? reason : hole.reason,
          !hole.reason.empty(), hole.first_missing};
  if (hole.after != nullptr) {
    gap.end = first_point(timeline.id, *catalogue_.loaded(timeline.id, *hole.after)->manifest);
  } else {
    gap.end = first_snapshot_beyond(timeline.id, from);
  }
  found_.gaps.push_back(std::move(gap));
  last_.reset();
  return hole.after;
}

Hole ContinuityCheck::hole_from(const TimelineEntry& timeline, SegmentNumber from) const {
  const SegmentNumbers& numbers = lookup_.numbers(timeline);
  const auto last = last_expected(timeline);
  Hole hole;
  const SegmentEntry* named = nullptr;
  while (last && from <= *last) {
    const auto holders = numbers.covering(from);
    hole.after = readable(timeline.id, holders);
    if (hole.after != nullptr) return hole;
    const std::size_t next = numbers.index_from({from.value + 1});
    SegmentNumber until =
        next < numbers.entries().size() ? SegmentNumber{numbers.entries()[next].number.value - 1} : *last;
    if (holders.empty()) {
      if (!hole.first_missing) hole.first_missing = from;
      add_reason(hole.reason, missing_segments(timeline.id, from, until));
    } else if (holders.front() != named) {
      named = holders.front();
      add_reason(hole.reason, fmt::format("{} cannot be read: {}", name_segment(timeline.id, *named),
                                          catalogue_.loaded(timeline.id, *named)->problem));
    }
    for (const SegmentEntry* holder : holders) until = std::min(until, holder->last_number);
    if (until == SegmentNumber{std::numeric_limits<std::uint64_t>::max()}) break;
    from.value = until.value + 1;
  }
  return hole;
}

const SegmentEntry* ContinuityCheck::readable(TimelineId timeline,
                                              const std::vector<const SegmentEntry*>& entries) const {
  const SegmentEntry* first = nullptr;
  Lsn start;
  for (const SegmentEntry* entry : entries) {
    const auto& manifest = catalogue_.loaded(timeline, *entry)->manifest;
    if (!manifest || (first != nullptr && manifest->start_lsn >= start)) continue;
    first = entry;
    start = manifest->start_lsn;
  }
  return first;
}

ChainState ContinuityCheck::begin_at(TimelineId timeline, const SegmentEntry& entry) const {
  const SegmentManifest& manifest = *catalogue_.loaded(timeline, entry)->manifest;
  return {timeline, entry.number, manifest.start_lsn, known_links(manifest.link_in)};
}

Point ContinuityCheck::first_point(TimelineId timeline, const SegmentManifest& manifest) const {
  return manifest.commits.first ? *manifest.commits.first : point_at(timeline, manifest.start_lsn);
}

Point ContinuityCheck::point_at(TimelineId timeline, Lsn lsn) const {
  for (const SnapshotManifest& snapshot : catalogue_.snapshots) {
    if (snapshot.timeline == timeline && snapshot.consistent_lsn == lsn) return snapshot_point(snapshot);
  }
  return {lsn, std::nullopt, std::nullopt};
}

std::optional<Point> ContinuityCheck::first_snapshot_beyond(TimelineId timeline, SegmentNumber number) const {
  const SnapshotManifest* first = nullptr;
  for (const SnapshotManifest& snapshot : catalogue_.snapshots) {
    if (snapshot.timeline != timeline || snapshot.next_number <= number) continue;
    if (first == nullptr || snapshot.consistent_lsn < first->consistent_lsn) first = &snapshot;
  }
  return first == nullptr ? std::nullopt : std::optional(snapshot_point(*first));
}

}  // namespace

Continuity check_continuity(const SegmentLookup& lookup) { return ContinuityCheck(lookup).run(); }

}  // namespace pitr
