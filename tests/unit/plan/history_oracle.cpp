#include "history_oracle.hpp"

#include <algorithm>
#include <limits>

#include <doctest/doctest.h>
#include <fmt/format.h>

namespace pitr::test {

namespace {

constexpr std::uint64_t kUnbounded = std::numeric_limits<std::uint64_t>::max();

// The last commit at or before a position, as an index + 1; 0 when there is none.
std::size_t count_until(const std::vector<TrueCommit>& commits, std::uint64_t lsn) {
  const auto end =
      std::partition_point(commits.begin(), commits.end(), [&](const TrueCommit& c) { return c.lsn <= lsn; });
  return static_cast<std::size_t>(end - commits.begin());
}

std::optional<TrueCommit> last_until(const std::vector<TrueCommit>& commits, std::uint64_t lsn) {
  const std::size_t count = count_until(commits, lsn);
  return count == 0 ? std::nullopt : std::optional(commits[count - 1]);
}

}  // namespace

RandomHistory::RandomHistory(std::uint64_t seed) : random_(seed) {
  archive.timeline(1);
  live_[1] = {random(0, 20), clock_ - 1, clock_ - 1};
  archive.start(1, live_[1].lsn);
  if (random(0, 5) != 0) add_snapshot(1);
  grow(1, random(3, 14));
  while (timelines_ < 4 && random(0, 2) != 0) {
    fork_off(static_cast<std::uint32_t>(random(1, timelines_)));
    if (random(0, 3) == 0) grow(static_cast<std::uint32_t>(random(1, timelines_)), 2);
  }
  break_things();
}

std::uint64_t RandomHistory::random(std::uint64_t low, std::uint64_t high) {
  return std::uniform_int_distribution<std::uint64_t>(low, high)(random_);
}

std::vector<TrueCommit> RandomHistory::commits_of(std::uint32_t timeline) const {
  const auto& document = *archive.catalogue.timelines.at(TimelineId{timeline}).document;
  std::vector<TrueCommit> all;
  if (document.parent) {
    all = commits_of(document.parent->value);
    std::erase_if(all, [&](const TrueCommit& c) { return c.lsn > document.fork_lsn->value; });
  }
  if (const auto own = commits_.find(timeline); own != commits_.end()) {
    all.insert(all.end(), own->second.begin(), own->second.end());
  }
  return all;
}

CommitSpec RandomHistory::commit_once(std::uint32_t timeline) {
  Live& live = live_[timeline];
  live.lsn += random(1, 4);
  clock_ += static_cast<double>(random(1, 40)) / 4;
  commits_[timeline].push_back({TimelineId{timeline}, live.lsn, clock_});
  return {live.lsn};
}

// A run of the archiver: commits happen, then it reads the clock, then (perhaps after a few more) the log.
std::vector<CommitSpec> RandomHistory::look(std::uint32_t timeline, std::uint64_t commits) {
  Live& live = live_[timeline];
  const double after = live.captured;
  std::vector<CommitSpec> made;
  const std::uint64_t before_clock = random(0, commits);
  for (std::uint64_t i = 0; i <= commits; ++i) {
    if (i == before_clock) live.captured = clock_ + 0.125;
    if (i < commits) made.push_back(commit_once(timeline));
  }
  clock_ += static_cast<double>(random(1, 4)) / 4;
  live.seen = clock_;
  for (CommitSpec& spec : made) {
    spec.not_before = after;
    spec.not_after = live.seen;
  }
  return made;
}

void RandomHistory::add_log(std::uint32_t timeline) {
  const auto commits = look(timeline, random(1, 5));
  CatalogueBuilder::Log log;
  const std::size_t cut = random(0, 2) == 0 ? random(1, commits.size()) : commits.size();
  log.commits.assign(commits.begin(), commits.begin() + static_cast<std::ptrdiff_t>(cut));
  if (cut == commits.size()) log.captured_to = live_[timeline].captured;
  log.archived_at = clock_;
  archive.log_with(timeline, log);
  if (cut == commits.size()) return;
  CatalogueBuilder::Log rest;
  rest.commits.assign(commits.begin() + static_cast<std::ptrdiff_t>(cut), commits.end());
  rest.captured_to = live_[timeline].captured;
  rest.archived_at = clock_;
  archive.log_with(timeline, rest);
}

void RandomHistory::add_bridge(std::uint32_t timeline) {
  const auto commits = look(timeline, random(1, 5));
  archive.bridge(timeline, commits.back(), commits.size(), live_[timeline].captured);
}

void RandomHistory::add_hole(std::uint32_t timeline) {
  look(timeline, random(0, 3));
  live_[timeline].lsn += 1;
  archive.start(timeline, live_[timeline].lsn);
  if (random(0, 3) != 0) add_snapshot(timeline);
}

void RandomHistory::add_snapshot(std::uint32_t timeline) {
  archive.snapshot(timeline);
  const std::uint64_t head = archive.head(timeline);
  for (SnapshotManifest& snapshot : archive.catalogue.snapshots) {
    const bool is_new =
        snapshot.timeline.value == timeline && snapshot.start_lsn.value == head && !snapshot.captured_to;
    if (!is_new) continue;
    snapshot.point.time = at_second(live_[timeline].seen);
    snapshot.captured_to = at_second(live_[timeline].captured);
    snapshot.created_at = at_second(clock_);
  }
  if (random(0, 3) != 0) archive.mark(timeline);
}

// Merges the newest segments, as long as they are log.
void RandomHistory::add_merge(std::uint32_t timeline) {
  std::vector<const CatalogueBuilder::Segment*> run;
  std::string link;
  for (const auto& [key, segment] : archive.segments()) {
    if (std::get<0>(key).value != timeline) continue;
    const bool is_plain_log =
        segment.manifest.content == SegmentContent::log && segment.entry.number == segment.entry.last_number;
    const bool can_be_inside = is_plain_log || segment.manifest.content == SegmentContent::mark;
    if (!can_be_inside || segment.manifest.link_in != link) run.clear();
    if (is_plain_log) run.push_back(&segment);
    link = segment.manifest.link_out;
  }
  if (run.size() < 2) return;
  CatalogueBuilder::Log merged;
  for (const auto* part : run) {
    for (const CommitFact& commit : part->facts.commits) {
      const auto second = [](Timestamp t) { return static_cast<double>((t - at_second(0)).count()) / 1e6; };
      merged.commits.emplace_back(commit.point.lsn.value, second(*commit.not_before),
                                  second(*commit.not_after));
    }
  }
  merged.from = run.front()->manifest.start_lsn.value;
  merged.to = run.back()->manifest.end_lsn.value;
  merged.link_in = run.front()->manifest.link_in;
  merged.numbers = std::pair(run.front()->entry.number.value, run.back()->entry.last_number.value);
  const bool drops_parts = random(0, 1) == 0;
  const auto [first, last] = *merged.numbers;
  std::vector<std::uint64_t> parts;
  for (const auto* part : run) parts.push_back(part->entry.number.value);
  if (first == last) return;
  if (drops_parts) {
    for (const std::uint64_t part : parts) archive.lose(timeline, part);
  }
  archive.log_with(timeline, merged);
}

void RandomHistory::add_conflict(std::uint32_t timeline) {
  // Where a child begins, the parent's token may not be known: whether that is a conflict depends on the way
  // taken.
  if (archive.next_number(timeline) == 1) return;
  CatalogueBuilder::Log log;
  log.commits = look(timeline, 2);
  log.link_in = "another history";
  log.archived_at = clock_;
  archive.log_with(timeline, log);
}

void RandomHistory::grow(std::uint32_t timeline, std::uint64_t steps) {
  for (std::uint64_t i = 0; i < steps; ++i) {
    const std::uint64_t dice = random(0, 99);
    if (dice < 55) {
      add_log(timeline);
    } else if (dice < 68) {
      add_bridge(timeline);
    } else if (dice < 76) {
      add_hole(timeline);
    } else if (dice < 90) {
      add_snapshot(timeline);
    } else if (dice < 97) {
      add_merge(timeline);
    } else {
      add_conflict(timeline);
    }
  }
}

void RandomHistory::fork_off(std::uint32_t timeline) {
  const ReachOracle reach(archive, timeline);
  if (reach.points().empty()) return;
  auto point = reach.points().begin();
  std::advance(point, static_cast<std::ptrdiff_t>(random(0, reach.points().size() - 1)));
  // As a restore to that point would have it: the child of whichever ancestor holds the position.
  std::uint32_t parent = timeline;
  while (true) {
    const auto& document = *archive.catalogue.timelines.at(TimelineId{parent}).document;
    if (!document.parent || *point > document.fork_lsn->value) break;
    parent = document.parent->value;
  }
  const std::uint32_t child = ++timelines_;
  archive.fork(child, parent, *point);
  clock_ += 10;
  live_[child] = {*point, clock_, reach.seen_at(*point)};
  grow(child, random(0, 6));
}

void RandomHistory::break_things() {
  if (random(0, 2) == 0) return;
  std::vector<CatalogueBuilder::SegmentKey> keys;
  for (const auto& [key, segment] : archive.segments()) keys.push_back(key);
  for (const auto& [timeline, number, last] : keys) {
    const std::uint64_t dice = random(0, 39);
    if (number != last) continue;
    if (dice == 0) archive.lose(timeline.value, number.value);
    if (dice == 1) archive.damage(timeline.value, number.value);
  }
}

ReachOracle::ReachOracle(const CatalogueBuilder& archive, std::uint32_t timeline) : archive_(archive) {
  std::uint64_t bound = kUnbounded;
  for (std::optional<TimelineId> id = TimelineId{timeline}; id;) {
    const auto& document = *archive.catalogue.timelines.at(*id).document;
    path_.insert(path_.begin(), {*id, bound});
    if (document.fork_lsn) bound = std::min(bound, document.fork_lsn->value);
    id = document.parent;
  }
  for (std::size_t element = 0; element < path_.size(); ++element) {
    for (const SnapshotManifest& snapshot : archive.catalogue.snapshots) {
      if (snapshot.timeline != path_[element].timeline ||
          snapshot.consistent_lsn.value > path_[element].bound)
        continue;
      snapshots_.push_back(&snapshot);
      points_.insert(snapshot.consistent_lsn.value);
      open_.push_back({element, snapshot.next_number.value, snapshot.start_lsn.value, snapshot.link});
      archived_end_ = std::max(archived_end_, snapshot.consistent_lsn.value);
    }
  }
  while (!open_.empty()) {
    const State state = open_.back();
    open_.pop_back();
    if (seen_.insert(state).second) explore(state);
  }
  if (path_.size() > 1) archived_end_ = std::max(archived_end_, path_[path_.size() - 2].bound);
  for (const auto& [key, segment] : archive.segments()) {
    if (std::get<0>(key).value == timeline)
      archived_end_ = std::max(archived_end_, segment.manifest.end_lsn.value);
  }
}

void ReachOracle::explore(const State& state) {
  const Element& element = path_[state.element];
  const bool is_at_fork = state.position >= element.bound;
  if (is_at_fork) open_.push_back({state.element + 1, 1, state.position, state.link});
  for (const auto& [key, segment] : archive_.segments()) {
    const auto& [timeline, number, last] = key;
    if (timeline != element.timeline || segment.is_damaged || state.next < number.value ||
        state.next > last.value) {
      continue;
    }
    try_segment(state, segment);
  }
}

void ReachOracle::try_segment(const State& state, const CatalogueBuilder::Segment& segment) {
  const SegmentManifest& manifest = segment.manifest;
  const std::uint64_t bound = path_[state.element].bound;
  const std::uint64_t start = manifest.start_lsn.value;
  const std::uint64_t end = manifest.end_lsn.value;
  const std::uint64_t to = std::min(end, bound);
  const bool is_bridge = manifest.content == SegmentContent::bridge;
  if (start > state.position) return;
  const State after{state.element, segment.entry.last_number.value + 1, std::max(to, state.position),
                    to == end ? manifest.link_out : ""};
  if (start < state.position && end <= state.position) {
    open_.push_back({state.element, after.next, state.position, state.link});
    return;
  }
  if (is_bridge && (start != state.position || to != end)) return;
  if (start == state.position && !state.link.empty() && manifest.link_in != state.link) return;
  if (to < state.position || (to == state.position && start != end)) return;
  open_.push_back(after);
  if (to > state.position) spans_.push_back({state.position, to, is_bridge, &segment});
  for (const CommitFact& commit : segment.facts.commits) {
    const std::uint64_t lsn = commit.point.lsn.value;
    if (lsn > state.position && lsn <= to) points_.insert(lsn);
  }
}

bool ReachOracle::is_reachable(std::uint64_t lsn) const {
  if (points_.contains(lsn)) return true;
  return std::any_of(spans_.begin(), spans_.end(), [&](const Span& span) {
    return span.from < lsn && (lsn < span.to ? !span.is_bridge : lsn == span.to);
  });
}

bool ReachOracle::is_inside_bridge(std::uint64_t lsn) const {
  return std::any_of(spans_.begin(), spans_.end(),
                     [&](const Span& span) { return span.is_bridge && span.from < lsn && lsn < span.to; });
}

std::optional<std::uint64_t> ReachOracle::last_point_until(std::uint64_t lsn) const {
  const auto after = points_.upper_bound(lsn);
  return after == points_.begin() ? std::nullopt : std::optional(*std::prev(after));
}

std::optional<std::uint64_t> ReachOracle::first_point_after(std::uint64_t lsn) const {
  const auto after = points_.upper_bound(lsn);
  return after == points_.end() ? std::nullopt : std::optional(*after);
}

double ReachOracle::seen_at(std::uint64_t lsn) const {
  Timestamp seen{};
  for (const SnapshotManifest* snapshot : snapshots_) {
    if (snapshot->consistent_lsn.value == lsn) seen = *snapshot->point.time;
  }
  for (const Span& span : spans_) {
    for (const CommitFact& commit : span.segment->facts.commits) {
      if (commit.point.lsn.value == lsn && span.holds(lsn)) seen = *commit.not_after;
    }
  }
  return static_cast<double>((seen - at_second(0)).count()) / 1e6;
}

bool ReachOracle::is_head_damaged() const {
  const CatalogueBuilder::Segment* head = nullptr;
  for (const auto& [key, segment] : archive_.segments()) {
    if (std::get<0>(key) != path_.back().timeline) continue;
    if (head == nullptr || segment.entry.last_number >= head->entry.last_number) head = &segment;
  }
  return head != nullptr && head->is_damaged;
}

std::uint64_t replay(const RandomHistory& history, const Plan& plan) {
  const SnapshotManifest& snapshot = *history.archive.catalogue.snapshot(plan.snapshot);
  std::optional<TrueCommit> state =
      last_until(history.commits_of(snapshot.timeline.value), snapshot.consistent_lsn.value);
  for (const PlannedSegment& planned : plan.segments) {
    const auto& segment = history.archive.segment(planned);
    const auto truth = history.commits_of(planned.timeline.value);
    if (segment.manifest.content == SegmentContent::bridge) {
      REQUIRE(state == last_until(truth, segment.manifest.start_lsn.value));
      REQUIRE(planned.from == segment.manifest.start_lsn);
      REQUIRE(planned.to == segment.manifest.end_lsn);
      state = last_until(truth, segment.manifest.end_lsn.value);
      continue;
    }
    for (const CommitFact& commit : segment.facts.commits) {
      if (commit.point.lsn <= planned.from || commit.point.lsn > planned.to) continue;
      REQUIRE(commit.point.lsn <= plan.stop);
      REQUIRE(state == last_until(truth, commit.point.lsn.value - 1));
      state = last_until(truth, commit.point.lsn.value);
      REQUIRE(state->lsn == commit.point.lsn.value);
    }
  }
  return state ? state->lsn : 0;
}

}  // namespace pitr::test
