#include "plan/windows.hpp"

#include "base/error.hpp"
#include "plan/continuity.hpp"
#include "plan/fork_states.hpp"
#include "plan/path.hpp"
#include "plan/route.hpp"
#include "plan/segment_numbers.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace pitr {

namespace {

WindowEnd end_of(ChainStop stop) {
  if (stop == ChainStop::head) return WindowEnd::head;
  return stop == ChainStop::conflict ? WindowEnd::conflict : WindowEnd::gap;
}

Point point_exactly_at(Lsn lsn, const Point& last) {
  return last.lsn == lsn ? last : Point{lsn, std::nullopt, std::nullopt};
}

// What a chain brings along to a child's timeline.
struct WindowOrigin {
  std::string snapshot;
  Lsn consistent;  // where the snapshot can first be restored to
  Point last;      // the last point on the way
};

// The snapshots of a timeline in the order their chains begin; each begins a chain of its own unless it lies
// on an earlier one's, which can be restored to no later.
class PendingSnapshots {
 public:
  PendingSnapshots(const Catalogue& catalogue, const TimelineEntry& timeline)
      : timeline_(timeline.id), first_number_(timeline.document->first_number) {
    for (const SnapshotManifest& snapshot : catalogue.snapshots) {
      if (snapshot.timeline == timeline_) pending_.push_back({&snapshot, false});
    }
    std::stable_sort(pending_.begin(), pending_.end(), [](const Pending& a, const Pending& b) {
      return a.snapshot->start_lsn < b.snapshot->start_lsn;
    });
    for (const Pending& p : pending_) furthest_ = std::max(furthest_, p.snapshot->consistent_lsn);
  }

  // The next that lies on no chain so far.
  const SnapshotManifest* take() {
    while (taken_ < pending_.size() && pending_[taken_].is_on_chain) ++taken_;
    return taken_ < pending_.size() ? pending_[taken_++].snapshot : nullptr;
  }

  // A chain begins at a position; what it reaches can be restored from `consistent` on.
  void begin_chain(Lsn position, Lsn consistent) {
    passed_.clear();
    consistent_ = consistent;
    next_ = static_cast<std::size_t>(
        std::lower_bound(pending_.begin(), pending_.end(), position,
                         [](const Pending& p, Lsn lsn) { return p.snapshot->start_lsn < lsn; }) -
        pending_.begin());
  }

  // It goes on from a state to a position (the same, at its end).
  void pass(const ChainState& state, Lsn to) {
    std::size_t i = next_;
    for (; i < pending_.size(); ++i) {
      const Lsn start = pending_[i].snapshot->start_lsn;
      if (start > state.position && start >= to) break;
      if (pending_[i].is_on_chain || pending_[i].snapshot->consistent_lsn < consistent_) continue;
      if (!is_on(state, *pending_[i].snapshot)) continue;
      pending_[i].is_on_chain = true;
      passed_.push_back(i);
    }
    if (to > state.position) next_ = i;
  }

  // Whether one speaks of log beyond a position.
  [[nodiscard]] bool has_any_beyond(Lsn position) const { return furthest_ > position; }
  [[nodiscard]] bool has_passed_any() const { return !passed_.empty(); }
  // The last of the points at which those passed can be restored, as far as the chain comes.
  [[nodiscard]] std::optional<Point> last_point_until(Lsn position) const {
    std::optional<Point> last;
    for (const std::size_t i : passed_) {
      const Point point = snapshot_point(*pending_[i].snapshot);
      if (point.lsn <= position && (!last || point.lsn > last->lsn)) last = point;
    }
    return last;
  }
  // The chain turned out to reach nothing.
  void undo_chain() {
    for (const std::size_t i : passed_) pending_[i].is_on_chain = false;
  }

 private:
  struct Pending {
    const SnapshotManifest* snapshot;
    bool is_on_chain;
  };

  // Whether the chain of a snapshot goes on as one in this state does. Segments without log may have to be
  // stepped over before it can be told.
  [[nodiscard]] bool is_on(const ChainState& state, const SnapshotManifest& snapshot) const {
    if (snapshot.start_lsn > state.position) return true;
    // At the fork the state still counts the parent's segments.
    const SegmentNumber next = state.timeline == timeline_ ? state.next : first_number_;
    if (snapshot.next_number > next) return false;
    const auto& links = state.links;
    if (links.empty() || snapshot.link.empty()) return true;
    return std::find(links.begin(), links.end(), snapshot.link) != links.end();
  }

  TimelineId timeline_;
  SegmentNumber first_number_;
  std::vector<Pending> pending_;
  std::size_t taken_ = 0;
  std::size_t next_ = 0;
  Lsn consistent_;
  Lsn furthest_;
  std::vector<std::size_t> passed_;
};

// A window, and the position its chain comes to: there may be log without a commit after its last point.
struct Reach {
  Window window;
  Lsn position;
};

class WindowSurvey {
 public:
  explicit WindowSurvey(const SegmentLookup& lookup)
      : lookup_(lookup), catalogue_(lookup.catalogue()), forks_(lookup.catalogue()) {}

  std::vector<Window> run() {
    for (const auto& [id, entry] : catalogue_.timelines) survey_timeline(id);
    std::vector<Window> windows;
    for (Reach& reach : reaches_) windows.push_back(std::move(reach.window));
    return windows;
  }

 private:
  void survey_timeline(TimelineId timeline);
  // From where a chain of an ancestor comes to the fork.
  void continue_from(const ForkStates<WindowOrigin>::Noted& noted, const std::vector<PathElement>& path,
                     PendingSnapshots& pending);
  void begin_at(const std::vector<PathElement>& path, const SnapshotManifest& snapshot,
                PendingSnapshots& pending);
  Window follow(ChainWalk& walk, TimelineId timeline, const Point& start, WindowOrigin origin,
                PendingSnapshots& pending);
  void merge_reaches_from(std::size_t first);

  const SegmentLookup& lookup_;
  const Catalogue& catalogue_;
  ForkStates<WindowOrigin> forks_;
  std::vector<Reach> reaches_;
};

void WindowSurvey::survey_timeline(TimelineId timeline) {
  std::vector<PathElement> path;
  try {
    path = timeline_path(catalogue_, timeline);
  } catch (const Error&) {
    return;  // a restore would be refused
  }
  const std::size_t first = reaches_.size();
  PendingSnapshots pending(catalogue_, *path.back().timeline);
  for (const auto* noted : forks_.of(lookup_, path)) continue_from(*noted, path, pending);
  while (const SnapshotManifest* snapshot = pending.take()) begin_at(path, *snapshot, pending);
  merge_reaches_from(first);
}

void WindowSurvey::continue_from(const ForkStates<WindowOrigin>::Noted& noted,
                                 const std::vector<PathElement>& path, PendingSnapshots& pending) {
  const Lsn fork = *path[path.size() - 2].bound;
  if (noted.origin.consistent > fork) return;
  ChainWalk walk(lookup_, path, noted.state);
  // Log before the fork that only a copy holds is in no window of the timeline it was copied from.
  const Lsn begin = noted.is_end ? std::max(noted.state.position, noted.origin.consistent) : fork;
  const Point start{std::min(begin, fork), std::nullopt, std::nullopt};
  const Window window = follow(walk, path.back().timeline->id, start, noted.origin, pending);
  const bool is_reached = walk.position() >= fork;
  if (is_reached && (window.end.lsn > start.lsn || pending.has_passed_any())) {
    reaches_.push_back({window, walk.position()});
  } else {
    pending.undo_chain();
  }
}

void WindowSurvey::begin_at(const std::vector<PathElement>& path, const SnapshotManifest& snapshot,
                            PendingSnapshots& pending) {
  const Point start = snapshot_point(snapshot);
  ChainWalk walk(lookup_, path, chain_start(snapshot));
  const Window window =
      follow(walk, snapshot.timeline, start, {snapshot.id, snapshot.consistent_lsn, start}, pending);
  if (walk.position() >= snapshot.consistent_lsn) {
    reaches_.push_back({window, walk.position()});
  } else {
    pending.undo_chain();
  }
}

Window WindowSurvey::follow(ChainWalk& walk, TimelineId timeline, const Point& start, WindowOrigin origin,
                            PendingSnapshots& pending) {
  Window window{timeline, origin.snapshot, start, start, WindowEnd::head, 0, 0, {}};
  Point& last = origin.last;
  if (last.lsn == start.lsn) window.start = last;
  pending.begin_chain(walk.position(), origin.consistent);
  forks_.follow(walk, timeline, origin, [&](const ChainState& before, const ChainStep& step) {
    pending.pass(before, step.segment.to);
    const SegmentManifest& manifest = *step.manifest;
    const bool is_inside = step.segment.to > start.lsn;
    if (is_inside && manifest.content == SegmentContent::bridge) {
      const Point end = manifest.commits.last.value_or(Point{step.segment.to, std::nullopt, std::nullopt});
      window.bridges.push_back({point_exactly_at(step.segment.from, last), end, manifest.hidden_commits});
    }
    if (manifest.commits.last && manifest.commits.last->lsn > last.lsn &&
        manifest.commits.last->lsn <= step.segment.to) {
      last = *manifest.commits.last;
    }
    // Of commits that nobody knows, every position is one that can be restored.
    if (!manifest.commits.count && step.segment.to > last.lsn)
      last = {step.segment.to, std::nullopt, std::nullopt};
    if (last.lsn == start.lsn) window.start = last;
    if (!is_inside) return;
    add_commits(window.commits, manifest.commits.count);
    window.stored_bytes += step.segment.entry.object_size.value_or(manifest.payload.stored_size);
  });
  pending.pass(walk.state(), walk.position());
  if (last.lsn == start.lsn) window.start = last;
  window.end = last.lsn > start.lsn ? last : window.start;
  const auto snapshot = pending.last_point_until(walk.position());
  if (snapshot && snapshot->lsn > window.end.lsn) window.end = *snapshot;
  window.ended_by = end_of(walk.stop());
  if (window.ended_by == WindowEnd::head && pending.has_any_beyond(walk.position())) {
    window.ended_by = WindowEnd::gap;
  }
  return window;
}

void extend(Window& window, Window next) {
  window.end = next.end;
  window.ended_by = next.ended_by;
  add_commits(window.commits, next.commits);
  window.stored_bytes += next.stored_bytes;
  std::move(next.bridges.begin(), next.bridges.end(), std::back_inserter(window.bridges));
}

// Chains that touch are one interval of points, whichever of them reaches a point.
void WindowSurvey::merge_reaches_from(std::size_t first) {
  const auto begin = reaches_.begin() + static_cast<std::ptrdiff_t>(first);
  std::stable_sort(begin, reaches_.end(),
                   [](const Reach& a, const Reach& b) { return a.window.start.lsn < b.window.start.lsn; });
  std::vector<Reach> apart;
  for (auto reach = begin; reach != reaches_.end(); ++reach) {
    if (apart.empty() || reach->window.start.lsn > apart.back().position) {
      apart.push_back(std::move(*reach));
    } else if (reach->position > apart.back().position) {
      extend(apart.back().window, std::move(reach->window));
      apart.back().position = reach->position;
    } else if (reach->window.end.lsn > apart.back().window.end.lsn) {
      apart.back().window.end = reach->window.end;
    }
  }
  reaches_.erase(begin, reaches_.end());
  std::move(apart.begin(), apart.end(), std::back_inserter(reaches_));
}

}  // namespace

Survey survey(const Catalogue& catalogue) {
  const SegmentLookup lookup(catalogue);
  Survey found;
  found.windows = WindowSurvey(lookup).run();
  Continuity continuity = check_continuity(lookup);
  found.gaps = std::move(continuity.gaps);
  found.conflicts = std::move(continuity.conflicts);
  return found;
}

}  // namespace pitr
