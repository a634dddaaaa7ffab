#pragma once

#include "support/catalogue_builder.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace pitr::test {

// A commit as it really happened, archived or not.
struct TrueCommit {
  TimelineId timeline;  // where it was made
  std::uint64_t lsn = 0;
  double time = 0;
  bool operator==(const TrueCommit&) const = default;
};

// A random history with everything that can happen to an archive, and what is true of it.
class RandomHistory {
 public:
  explicit RandomHistory(std::uint64_t seed);

  CatalogueBuilder archive;
  // All commits of a timeline and, up to the forks, of its ancestors, in order.
  [[nodiscard]] std::vector<TrueCommit> commits_of(std::uint32_t timeline) const;
  [[nodiscard]] std::uint32_t timelines() const { return timelines_; }
  [[nodiscard]] std::uint64_t random(std::uint64_t low, std::uint64_t high);

 private:
  void grow(std::uint32_t timeline, std::uint64_t steps);
  CommitSpec commit_once(std::uint32_t timeline);
  std::vector<CommitSpec> look(std::uint32_t timeline, std::uint64_t commits);
  void add_log(std::uint32_t timeline);
  void add_bridge(std::uint32_t timeline);
  void add_hole(std::uint32_t timeline);
  void add_snapshot(std::uint32_t timeline);
  void add_merge(std::uint32_t timeline);
  void add_conflict(std::uint32_t timeline);
  void fork_off(std::uint32_t timeline);
  void break_things();

  std::mt19937_64 random_;
  std::uint32_t timelines_ = 1;
  double clock_ = 1000;
  // Per timeline: the next commit's LSN comes after `lsn`; the last capture began at `captured`, and ended at
  // `seen`.
  struct Live {
    std::uint64_t lsn = 0;
    double captured = 0;
    double seen = 0;
  };
  std::map<std::uint32_t, Live> live_;
  std::map<std::uint32_t, std::vector<TrueCommit>> commits_;
};

// What of a timeline's history can be reached, found by trying every way there is.
class ReachOracle {
 public:
  ReachOracle(const CatalogueBuilder& archive, std::uint32_t timeline);

  struct Span {  // a stretch of log on some chain: the positions in (from, to]
    std::uint64_t from;
    std::uint64_t to;
    bool is_bridge;
    const CatalogueBuilder::Segment* segment;
    [[nodiscard]] bool holds(std::uint64_t lsn) const { return from < lsn && lsn <= to; }
  };

  // Whether a restore to exactly this position is possible.
  [[nodiscard]] bool is_reachable(std::uint64_t lsn) const;
  [[nodiscard]] bool is_inside_bridge(std::uint64_t lsn) const;
  // Points that a restore can end at: snapshots and commits.
  [[nodiscard]] const std::set<std::uint64_t>& points() const { return points_; }
  [[nodiscard]] std::optional<std::uint64_t> last_point_until(std::uint64_t lsn) const;
  [[nodiscard]] std::optional<std::uint64_t> first_point_after(std::uint64_t lsn) const;
  // The end of all that is archived, reachable or not.
  [[nodiscard]] std::uint64_t archived_end() const { return archived_end_; }
  // When a reachable commit was seen, in seconds.
  [[nodiscard]] double seen_at(std::uint64_t lsn) const;
  // The newest segment cannot be read: the archived end cannot be known then.
  [[nodiscard]] bool is_head_damaged() const;
  [[nodiscard]] const std::vector<Span>& spans() const { return spans_; }
  [[nodiscard]] const std::vector<const SnapshotManifest*>& snapshots() const { return snapshots_; }

 private:
  struct State {
    std::size_t element;
    std::uint64_t next;
    std::uint64_t position;
    std::string link;  // empty: not known
    auto operator<=>(const State&) const = default;
  };
  struct Element {
    TimelineId timeline;
    std::uint64_t bound;
  };

  void explore(const State& from);
  void try_segment(const State& state, const CatalogueBuilder::Segment& segment);

  const CatalogueBuilder& archive_;
  std::vector<Element> path_;
  std::set<State> seen_;
  std::vector<State> open_;
  std::set<std::uint64_t> points_;
  std::vector<Span> spans_;
  std::vector<const SnapshotManifest*> snapshots_;
  std::uint64_t archived_end_ = 0;
};

// Does what a plan says with commits instead of pages. Fails the test when a segment is applied to a state it
// does not follow; returns the LSN of the last commit that is in (0: none).
std::uint64_t replay(const RandomHistory& history, const Plan& plan);

}  // namespace pitr::test
