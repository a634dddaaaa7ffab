#include "plan/chain.hpp"

#include "base/error.hpp"
#include "plan/wording.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include <fmt/format.h>

namespace pitr {

namespace {

constexpr std::size_t kFirstBatch = 64;
constexpr std::size_t kBatch = 512;

// Growing with the way already gone, so that asking again and again stays linear in all.
std::size_t batch_size(ReadAhead read_ahead, std::size_t steps) {
  if (read_ahead == ReadAhead::all) return std::numeric_limits<std::size_t>::max();
  return std::clamp(steps, kFirstBatch, std::max(kBatch, steps / 4));
}

}  // namespace

std::vector<std::string> known_links(const std::string& token) {
  return token.empty() ? std::vector<std::string>() : std::vector{token};
}

Errc code_of(ChainStop stop) {
  if (stop == ChainStop::conflict) return Errc::log_conflict;
  return stop == ChainStop::damage ? Errc::corrupt : Errc::wal_gap;
}

ChainState chain_start(const SnapshotManifest& snapshot) {
  return {snapshot.timeline, snapshot.next_number, snapshot.start_lsn, known_links(snapshot.link)};
}

ChainWalk::ChainWalk(const SegmentLookup& lookup, std::vector<PathElement> path, ChainState state,
                     ReadAhead read_ahead)
    : lookup_(lookup), path_(std::move(path)), state_(std::move(state)), ahead_(read_ahead) {
  while (element_ < path_.size() && element().timeline->id != state_.timeline) ++element_;
  if (element_ == path_.size()) throw Error(Errc::internal, "a chain was begun beside its timeline path");
}

std::optional<ChainStep> ChainWalk::next() {
  needed_.clear();
  while (true) {
    if (is_at_fork()) {
      if (auto mark = step_over_mark_at_fork()) return mark;
      if (!needed_.empty()) return std::nullopt;
      enter_child();
      continue;
    }
    const Candidates candidates = collect();
    if (!needed_.empty()) return std::nullopt;
    state_.refuted.insert(state_.refuted.end(), candidates.refuted.begin(), candidates.refuted.end());
    if (candidates.exact.entry != nullptr) return take(candidates.exact);
    if (candidates.conflict.entry == nullptr || candidates.conflict.element != element_) {
      if (candidates.overlap.entry != nullptr) return take(candidates.overlap);
      if (candidates.repeated_to) {
        advance_past(*candidates.repeated_to);
        continue;
      }
    }
    end(candidates);
    return std::nullopt;
  }
}

bool ChainWalk::is_at_fork() const { return !is_last_element() && state_.position >= *element().bound; }

bool ChainWalk::link_fits(const SegmentManifest& manifest) const {
  const auto is_known = [&](const std::string& link) {
    return std::find(state_.links.begin(), state_.links.end(), link) != state_.links.end();
  };
  if (state_.links.empty() || manifest.link_in.empty() || is_known(manifest.link_in)) return true;
  // The state a chain begins at is also met by the snapshot that was taken of it.
  return manifest.content == SegmentContent::start && is_known(manifest.link_out);
}

const Catalogue::Loaded* ChainWalk::loaded(std::size_t element, const SegmentEntry& entry) const {
  return lookup_.catalogue().loaded(path_[element].timeline->id, entry);
}

// A child may have been begun before the parent wrote a mark at the fork, or after: either token is right
// there.
std::optional<ChainStep> ChainWalk::step_over_mark_at_fork() {
  if (numbers_exhausted_ || state_.links.empty()) return std::nullopt;
  const auto entries = lookup_.numbers(*element().timeline).covering(state_.next);
  for (const SegmentEntry* entry : entries) {
    if (loaded(element_, *entry) == nullptr) needed_.push_back({state_.timeline, *entry});
  }
  if (!needed_.empty()) return std::nullopt;
  for (const SegmentEntry* entry : entries) {
    const auto& manifest = loaded(element_, *entry)->manifest;
    if (!manifest || manifest->start_lsn != state_.position || manifest->end_lsn != state_.position) continue;
    if (!link_fits(*manifest)) continue;
    std::vector<std::string> links = state_.links;
    const ChainStep step = take({element_, entry, &*manifest, state_.position});
    const auto more = known_links(manifest->link_out);
    links.insert(links.end(), more.begin(), more.end());
    state_.links = std::move(links);
    return step;
  }
  return std::nullopt;
}

void ChainWalk::enter_child() {
  ++element_;
  state_.timeline = element().timeline->id;
  state_.next = element().timeline->document->first_number;
  numbers_exhausted_ = false;
}

bool ChainWalk::goes_on_in(std::size_t element) const {
  return !numbers_exhausted_ && path_[element].timeline->document->first_number == state_.next;
}

ChainWalk::Candidates ChainWalk::collect() {
  const auto own = numbers_exhausted_ ? std::vector<const SegmentEntry*>()
                                      : lookup_.numbers(*element().timeline).covering(state_.next);
  want(element_, own);
  std::vector<std::pair<std::size_t, const SegmentEntry*>> later;
  const bool is_all_asked_for = ahead_ == ReadAhead::all && !needed_.empty();
  for (std::size_t i = element_ + 1; i < path_.size() && !is_all_asked_for; ++i) {
    if (i > element_ + 1 && !goes_on_in(i)) continue;
    const TimelineEntry& timeline = *path_[i].timeline;
    const auto first = lookup_.numbers(timeline).covering(timeline.document->first_number);
    want(i, first);
    for (const SegmentEntry* entry : first) later.emplace_back(i, entry);
  }
  Candidates candidates;
  if (!needed_.empty()) return candidates;
  candidates.has_own = !own.empty();
  for (const SegmentEntry* entry : own) weigh(element_, *entry, candidates);
  for (const auto& [i, entry] : later) weigh(i, *entry, candidates);
  return candidates;
}

void ChainWalk::want(std::size_t element, const std::vector<const SegmentEntry*>& entries) {
  for (const SegmentEntry* entry : entries) {
    if (loaded(element, *entry) == nullptr) needed_.push_back({path_[element].timeline->id, *entry});
  }
  if (element == element_ && !needed_.empty()) read_ahead();
}

void ChainWalk::read_ahead() {
  const std::size_t limit = batch_size(ahead_, steps_);
  const std::size_t last_wanted = ahead_ == ReadAhead::all ? path_.size() - 1 : element_;
  for (std::size_t i = element_; i <= last_wanted; ++i) {
    const TimelineEntry& timeline = *path_[i].timeline;
    const SegmentNumber first = i == element_ ? state_.next : timeline.document->first_number;
    for (std::size_t e = lookup_.numbers(timeline).index_from(first); e < timeline.segments.size(); ++e) {
      if (needed_.size() >= limit) return;
      const SegmentEntry& entry = timeline.segments[e];
      const bool is_asked_for = i == element_ && entry.number == state_.next;
      if (!is_asked_for && loaded(i, entry) == nullptr) needed_.push_back({timeline.id, entry});
    }
  }
}

void ChainWalk::weigh(std::size_t element, const SegmentEntry& entry, Candidates& candidates) const {
  // Before the fork, a later timeline's first segment only helps: what is wrong with it matters only where
  // nothing else can hold the log up to the fork.
  const bool is_own = element == element_;
  const bool is_needed = is_own || (!candidates.has_own && goes_on_in(element));
  const auto& manifest = loaded(element, entry)->manifest;
  if (!manifest) {
    if (is_needed) candidates.damaged = {element, &entry};
    return;
  }
  const Lsn start = manifest->start_lsn;
  const auto& bound = path_[element].bound;
  const Candidate candidate{element, &entry, &*manifest,
                            bound ? std::min(manifest->end_lsn, *bound) : manifest->end_lsn};
  if (!is_own && candidate.to <= state_.position) return;
  if (start > state_.position) {
    if (is_own && (candidates.ahead == nullptr || start < candidates.ahead_start)) {
      candidates.ahead = &entry;
      candidates.ahead_start = start;
    }
  } else if (manifest->content == SegmentContent::bridge && candidate.to > state_.position &&
             (start != state_.position || candidate.to != manifest->end_lsn)) {
    if (is_own) candidates.bridge = &entry;
  } else if (start == state_.position) {
    weigh_exact(candidate, candidates);
  } else if (is_refuted(entry)) {
    if (is_needed) candidates.conflict = {element, &entry};
  } else if (candidate.to > state_.position) {
    if (is_better(candidate, candidates.overlap)) candidates.overlap = candidate;
  } else {
    candidates.repeated_to = std::max(candidates.repeated_to.value_or(entry.last_number), entry.last_number);
  }
}

void ChainWalk::weigh_exact(const Candidate& candidate, Candidates& candidates) const {
  const bool is_own = candidate.element == element_;
  if (link_fits(*candidate.manifest)) {
    if (is_better(candidate, candidates.exact)) candidates.exact = candidate;
    return;
  }
  const Place place{candidate.element, candidate.entry};
  if (!is_own) candidates.refuted.push_back(candidate.entry);
  if (is_own || (!candidates.has_own && goes_on_in(candidate.element))) candidates.conflict = place;
}

bool ChainWalk::is_refuted(const SegmentEntry& entry) const {
  return std::find(state_.refuted.begin(), state_.refuted.end(), &entry) != state_.refuted.end();
}

bool ChainWalk::is_better(const Candidate& candidate, const Candidate& than) {
  if (than.entry == nullptr || candidate.to != than.to)
    return than.entry == nullptr || candidate.to > than.to;
  if (candidate.element != than.element) return candidate.element > than.element;
  return candidate.entry->last_number > than.entry->last_number;
}

ChainStep ChainWalk::take(const Candidate& candidate) {
  while (candidate.element != element_) enter_child();
  ChainStep step{{state_.timeline, *candidate.entry, state_.position, candidate.to}, candidate.manifest};
  learn_links(candidate);
  state_.position = candidate.to;
  advance_past(candidate.entry->last_number);
  ++steps_;
  return step;
}

// A segment without a token of either side lies inside of one record, and the next has to continue the one
// before.
void ChainWalk::learn_links(const Candidate& candidate) {
  const SegmentManifest& manifest = *candidate.manifest;
  const bool is_whole = candidate.to == manifest.end_lsn;
  const bool is_inside_record = manifest.link_in.empty() && manifest.link_out.empty();
  if (is_whole && is_inside_record && manifest.start_lsn == state_.position) return;
  state_.links = is_whole ? known_links(manifest.link_out) : std::vector<std::string>();
}

void ChainWalk::advance_past(SegmentNumber last) {
  numbers_exhausted_ = last.value == std::numeric_limits<std::uint64_t>::max();
  if (!numbers_exhausted_) state_.next.value = last.value + 1;
}

void ChainWalk::end(const Candidates& candidates) {
  const LsnNotation notation = lookup_.catalogue().notation;
  const std::string position = format_lsn(state_.position, notation);
  const auto name = [&](const Place& place) {
    return name_segment(path_[place.element].timeline->id, *place.entry);
  };
  if (candidates.conflict.entry != nullptr) {
    stop_ = ChainStop::conflict;
    culprit_ = candidates.conflict;
    reason_ = fmt::format("{} does not continue the log at LSN {}: its link token differs", name(culprit_),
                          position);
  } else if (candidates.damaged.entry != nullptr) {
    stop_ = ChainStop::damage;
    culprit_ = candidates.damaged;
    reason_ = fmt::format("{} cannot be read: {}", name(culprit_),
                          loaded(culprit_.element, *culprit_.entry)->problem);
  } else if (candidates.ahead != nullptr) {
    stop_ = ChainStop::gap;
    culprit_.element = element_;
    reason_ = fmt::format("no log was archived between LSN {} and {}, where {} begins", position,
                          format_lsn(candidates.ahead_start, notation), name({element_, candidates.ahead}));
  } else if (candidates.bridge != nullptr) {
    stop_ = ChainStop::gap;
    culprit_.element = element_;
    reason_ = fmt::format("{} is a bridge, which cannot be entered in its middle at LSN {}",
                          name({element_, candidates.bridge}), position);
  } else {
    end_at_missing_number();
  }
}

// The number that is missing, where any is, or else what the chain has come to.
void ChainWalk::end_at_missing_number() {
  const LsnNotation notation = lookup_.catalogue().notation;
  stop_ = ChainStop::gap;
  culprit_ = {element_, nullptr};
  if (const auto missing = missing_number(element_)) {
    reason_ = *missing;
  } else if (const auto later = element_without_copy()) {
    culprit_.element = *later;
    reason_ = *missing_number(*later);
  } else if (is_last_element()) {
    stop_ = ChainStop::head;
    reason_ = fmt::format("nothing is archived beyond LSN {}", format_lsn(state_.position, notation));
  } else {
    const auto child = std::find_if(
        path_.begin() + static_cast<std::ptrdiff_t>(element_) + 1, path_.end(),
        [&](const PathElement& other) { return other.timeline->document->fork_lsn == element().bound; });
    reason_ = fmt::format("timeline {} is archived to LSN {} only, and timeline {} forks off it at {}",
                          state_.timeline.value, format_lsn(state_.position, notation),
                          child->timeline->id.value, format_lsn(*element().bound, notation));
  }
}

std::optional<std::string> ChainWalk::missing_number(std::size_t element) const {
  const TimelineEntry& timeline = *path_[element].timeline;
  const SegmentNumbers& numbers = lookup_.numbers(timeline);
  if (numbers_exhausted_ || !numbers.last() || state_.next >= *numbers.last()) return std::nullopt;
  const std::size_t found = numbers.index_from(state_.next);
  const bool is_there = found == numbers.entries().size() || numbers.entries()[found].number == state_.next;
  if (is_there) return std::nullopt;
  return missing_segments(timeline.id, state_.next, {numbers.entries()[found].number.value - 1});
}

std::optional<std::size_t> ChainWalk::element_without_copy() const {
  for (std::size_t i = element_ + 1; i < path_.size(); ++i) {
    if (goes_on_in(i) && missing_number(i)) return i;
  }
  return std::nullopt;
}

}  // namespace pitr
