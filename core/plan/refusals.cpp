#include "plan/refusals.hpp"

#include "plan/wording.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace pitr {

namespace {

void raise(std::optional<Timestamp>& time, const std::optional<Timestamp>& other) {
  if (other) time = std::max(time.value_or(*other), *other);
}

void raise(ArchivedEnd& end, const SegmentManifest& manifest) {
  end.lsn = std::max(end.lsn, manifest.end_lsn);
  raise(end.time, manifest.captured_to);
  if (manifest.time) raise(end.time, manifest.time->max);
}

}  // namespace

std::string Refusals::target() const {
  const std::string text = describe(planning_.request.target, notation());
  return planning_.request.exclusive ? "the point before " + text : text;
}

std::string Refusals::to_lsn(Lsn lsn) const {
  std::string option = "--to-lsn " + format_lsn(lsn, notation());
  if (planning_.request.timeline) option += fmt::format(" --timeline {}", planning_.request.timeline->value);
  return option;
}

std::string Refusals::nearest_hint(const std::optional<TimelinePoint>& before,
                                   const std::optional<TimelinePoint>& after) const {
  if (before && after) {
    return fmt::format("{} is the nearest point before, {} the nearest after", to_lsn(before->point.lsn),
                       to_lsn(after->point.lsn));
  }
  if (before) return to_lsn(before->point.lsn) + " is the nearest point before";
  if (after) return to_lsn(after->point.lsn) + " is the nearest point after";
  return "pitrctl list windows shows what can be restored";
}

Refusal Refusals::between(Errc code, std::string message, std::optional<Point> before,
                          std::optional<Point> after) const {
  Refusal refusal{code, std::move(message), {}, {}, {}, {}};
  if (before) refusal.before = on_path(*before);
  if (after) refusal.after = on_path(*after);
  refusal.hint = nearest_hint(refusal.before, refusal.after);
  return refusal;
}

Refusal Refusals::before_first(const SnapshotManifest& first, const std::string& distance) const {
  const Point point = snapshot_point(first);
  return between(Errc::target_unreachable,
                 fmt::format("{} lies {}before the first snapshot, {}, which begins at {}", target(),
                             distance, first.id, name_point(point, notation())),
                 std::nullopt, point);
}

Refusal Refusals::before_forced(const SnapshotManifest& forced, const std::string& distance) const {
  const Point point = snapshot_point(forced);
  Refusal refusal = between(Errc::target_unreachable,
                            fmt::format("{} lies {}before snapshot {}, which begins at {}", target(),
                                        distance, forced.id, name_point(point, notation())),
                            std::nullopt, point);
  refusal.hint = "without --snapshot the right one is chosen";
  return refusal;
}

Refusal Refusals::after_last(const Point& last, std::optional<Timestamp> captured_to,
                             const std::string& distance) const {
  std::string message = fmt::format(
      "{} lies {}after the end of the log archived on timeline {}: the last point that can be reached is {}",
      target(), distance, path_.back().timeline->id.value, name_point(last, notation()));
  if (captured_to) message += fmt::format(", and the log is complete up to {}", format_time(*captured_to));
  return between(Errc::target_unreachable, std::move(message), last, std::nullopt);
}

std::string Refusals::end_reason(const ChainWalk& walk, const SnapshotManifest* beyond) {
  const ChainState& state = walk.state();
  const bool is_log_missing_at_head = walk.stop() == ChainStop::head && beyond != nullptr &&
                                      beyond->timeline == state.timeline && beyond->next_number > state.next;
  if (!is_log_missing_at_head) return walk.stop_reason();
  return missing_segments(state.timeline, state.next, {beyond->next_number.value - 1});
}

Refusal Refusals::cut_off(const Route& route, const SnapshotManifest* beyond,
                          const SnapshotManifest* after) const {
  const Point before = route.last_point(route.walk().position());
  std::string message =
      fmt::format("{} is cut off from snapshot {}: {}; the log before ends at {}", target(),
                  route.snapshot().id, end_reason(route.walk(), beyond), name_point(before, notation()));
  std::optional<Point> point;
  if (after != nullptr) {
    point = snapshot_point(*after);
    message += fmt::format(", the next snapshot begins at {}", name_point(*point, notation()));
  }
  return between(code_of(route.walk().stop()), std::move(message), before, point);
}

Refusal Refusals::inconsistent(const Route& route, const SnapshotManifest* after) const {
  const SnapshotManifest& snapshot = route.snapshot();
  std::string message =
      fmt::format("{} cannot be reached: snapshot {} needs the log from LSN {} to {}, and {}", target(),
                  snapshot.id, format_lsn(snapshot.start_lsn, notation()),
                  format_lsn(snapshot.consistent_lsn, notation()), route.walk().stop_reason());
  std::optional<Point> point;
  if (after != nullptr) point = snapshot_point(*after);
  return between(code_of(route.walk().stop()), std::move(message), std::nullopt, point);
}

Refusal Refusals::inside_bridge(const Route& route, const ChainStep& bridge) const {
  const Point before = route.last_point(bridge.segment.from);
  const Point after =
      bridge.manifest->commits.last.value_or(Point{bridge.segment.to, std::nullopt, std::nullopt});
  const auto& hidden = bridge.manifest->hidden_commits;
  return between(Errc::target_unreachable,
                 fmt::format("{} lies inside a bridge, {}: {} between {} and {} cannot be told apart",
                             target(), name_segment(bridge.segment.timeline, bridge.segment.entry),
                             hidden ? count_commits(*hidden) : "an unknown number of commits",
                             name_point(before, notation()), name_point(after, notation())),
                 before, after);
}

ArchivedEnd end_of(const SegmentManifest& head) {
  ArchivedEnd end;
  raise(end, head);
  return end;
}

std::optional<ArchivedEnd> archived_end(const Planning& planning, const std::vector<PathElement>& path) {
  ArchivedEnd end;
  for (const SnapshotManifest* snapshot : snapshots_on(planning.catalogue, path)) {
    end.lsn = std::max(end.lsn, snapshot->consistent_lsn);
    raise(end.time, snapshot->captured_to);
    raise(end.time, snapshot->point.time);
  }
  // Nothing of an ancestor counts beyond the fork, so that its own newest segment has no say.
  if (path.size() > 1) end.lsn = std::max(end.lsn, *path[path.size() - 2].bound);
  const TimelineEntry& newest = *path.back().timeline;
  const SegmentEntry* head = planning.lookup.numbers(newest).head();
  if (head == nullptr) return end;
  const SegmentManifest* manifest = manifest_of(planning, newest.id, *head);
  if (manifest == nullptr) return std::nullopt;
  raise(end, *manifest);
  return end;
}

}  // namespace pitr
