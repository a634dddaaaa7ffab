#pragma once

#include "base/error.hpp"
#include "model/catalogue.hpp"
#include "plan/path.hpp"
#include "plan/planner.hpp"
#include "plan/segment_numbers.hpp"

#include <optional>
#include <string>
#include <vector>

namespace pitr {

// How far a chain has come, and all that decides how it goes on.
struct ChainState {
  TimelineId timeline;
  SegmentNumber next;  // the number of the segment that must follow
  Lsn position;
  std::vector<std::string> links;  // the tokens the log is known by at position, newest last; none: not known
  // Segments of later timelines that were seen not to continue the log: they are not entered in their middle.
  std::vector<const SegmentEntry*> refuted{};
  bool operator==(const ChainState&) const = default;
};

// The tokens that one token makes known: none where it is empty, which means that it is not known.
std::vector<std::string> known_links(const std::string& token);

ChainState chain_start(const SnapshotManifest& snapshot);

// A segment of a chain; segment.from and segment.to say which part of it. They are equal for a segment
// without log.
struct ChainStep {
  PlannedSegment segment;
  const SegmentManifest* manifest = nullptr;
};

enum class ChainStop {
  head,      // nothing more is archived on the path
  gap,       // log is missing
  conflict,  // the next segment's link token differs
  damage,    // the next segment cannot be read
};

// What a log that ends so is refused with.
Errc code_of(ChainStop stop);

struct SegmentPlace {
  TimelineId timeline;
  SegmentNumber number;
  auto operator<=>(const SegmentPlace&) const = default;
};

// How many manifests a walk asks for at a time.
enum class ReadAhead {
  measured,  // few at first, more as it comes further
  all,       // it will go to the end
};

// A walk over segments that follow each other without a hole, along a timeline path. It goes one step at a
// time, so that a plan asks only for the manifests it needs. Among segments that fit it takes the one that
// reaches furthest; on equal reach, the child's. A bridge is entered only at its exact start. A segment that
// begins earlier than the position, where no token can be compared, is taken only where none begins at it.
//
// A timeline's first segment may begin before its fork, with a copy of its ancestors' log. So it is looked at
// before the fork too: that of the next timeline of the path always, those of later ones where the numbers go
// on from the ancestor's to theirs, as they do where a number follows from a position.
class ChainWalk {
 public:
  // The path must hold the state's timeline. Lookup and its catalogue must outlive the walk.
  ChainWalk(const SegmentLookup& lookup, std::vector<PathElement> path, ChainState state,
            ReadAhead read_ahead = ReadAhead::measured);

  // The next step; nothing at the end (why: stop()) or when manifests are needed (needed()).
  [[nodiscard]] std::optional<ChainStep> next();
  [[nodiscard]] const std::vector<PlannedSegment>& needed() const { return needed_; }
  [[nodiscard]] ChainStop stop() const { return stop_; }
  // The segment that does not fit, where stop() is a conflict, or cannot be read, where it is damage.
  [[nodiscard]] const SegmentEntry* culprit() const { return culprit_.entry; }
  // Where the culprit is, or a segment is missing: on a later timeline than the state's, where its copy of
  // the log before the fork is at fault.
  [[nodiscard]] SegmentPlace broken_at() const { return {path_[culprit_.element].timeline->id, state_.next}; }
  // What ended it, for people: "segments 12 to 14 of timeline 1 are missing".
  [[nodiscard]] const std::string& stop_reason() const { return reason_; }
  [[nodiscard]] Lsn position() const { return state_.position; }
  [[nodiscard]] const ChainState& state() const { return state_; }
  // Steps taken so far.
  [[nodiscard]] std::size_t steps() const { return steps_; }

 private:
  struct Candidate {
    std::size_t element = 0;
    const SegmentEntry* entry = nullptr;
    const SegmentManifest* manifest = nullptr;
    Lsn to;
  };
  struct Place {
    std::size_t element = 0;
    const SegmentEntry* entry = nullptr;
  };
  // What may follow, and why the rest may not.
  struct Candidates {
    Candidate exact;                           // begins at the position and its token fits
    Candidate overlap;                         // begins earlier and reaches beyond
    std::optional<SegmentNumber> repeated_to;  // nothing new up to this number
    bool has_own = false;                      // whether the timeline itself has a segment of the number
    Place conflict;
    Place damaged;
    const SegmentEntry* bridge = nullptr;  // begins earlier, and cannot be entered in its middle
    const SegmentEntry* ahead = nullptr;   // begins beyond the position
    Lsn ahead_start;
    std::vector<const SegmentEntry*> refuted;  // of later timelines, begin at the position and do not fit
  };

  [[nodiscard]] const PathElement& element() const { return path_[element_]; }
  [[nodiscard]] bool is_last_element() const { return element_ + 1 == path_.size(); }
  [[nodiscard]] bool is_at_fork() const;
  [[nodiscard]] bool link_fits(const SegmentManifest& manifest) const;
  [[nodiscard]] const Catalogue::Loaded* loaded(std::size_t element, const SegmentEntry& entry) const;
  std::optional<ChainStep> step_over_mark_at_fork();
  void enter_child();
  // Whether the numbers of a later element go on where this one's have come to.
  [[nodiscard]] bool goes_on_in(std::size_t element) const;
  [[nodiscard]] Candidates collect();
  void want(std::size_t element, const std::vector<const SegmentEntry*>& entries);
  void read_ahead();
  void weigh(std::size_t element, const SegmentEntry& entry, Candidates& candidates) const;
  void weigh_exact(const Candidate& candidate, Candidates& candidates) const;
  [[nodiscard]] bool is_refuted(const SegmentEntry& entry) const;
  static bool is_better(const Candidate& candidate, const Candidate& than);
  ChainStep take(const Candidate& candidate);
  void learn_links(const Candidate& candidate);
  void advance_past(SegmentNumber last);
  void end(const Candidates& candidates);
  void end_at_missing_number();
  // "segment 4 of timeline 2 is missing", where a timeline has higher numbers than the next one, which it has
  // not.
  [[nodiscard]] std::optional<std::string> missing_number(std::size_t element) const;
  // The element whose copy of the log before its fork is missing so.
  [[nodiscard]] std::optional<std::size_t> element_without_copy() const;

  const SegmentLookup& lookup_;
  std::vector<PathElement> path_;
  ChainState state_;
  ReadAhead ahead_;
  std::size_t element_ = 0;
  std::size_t steps_ = 0;
  bool numbers_exhausted_ = false;  // the last segment held the highest number there can be
  std::vector<PlannedSegment> needed_;
  ChainStop stop_ = ChainStop::head;
  Place culprit_;
  std::string reason_;
};

}  // namespace pitr
