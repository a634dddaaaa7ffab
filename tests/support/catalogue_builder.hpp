#pragma once

#include "model/catalogue.hpp"
#include "model/facts.hpp"
#include "plan/planner.hpp"
#include "plan/windows.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

namespace pitr::test {

// A time of the tests: so many seconds after 2026-01-01T00:00:00Z.
Timestamp at_second(double second);

// A commit to be archived. Its transaction is 1000 + LSN, and it is made at the second of its LSN, unless
// told otherwise.
struct CommitSpec {
  CommitSpec(std::uint64_t commit_lsn)
      : lsn(commit_lsn) {}  // NOLINT(google-explicit-constructor): lists of LSNs
  CommitSpec(std::uint64_t commit_lsn, double after, double until)
      : lsn(commit_lsn), not_before(after), not_after(until) {}
  CommitSpec& with_xid(std::uint64_t value) {
    xid = value;
    return *this;
  }
  std::uint64_t lsn;
  std::optional<double> not_before;
  std::optional<double> not_after;
  std::optional<std::uint64_t> xid;
};

// Makes catalogues, and answers what a planner asks of them. Positions count up from 0; every timeline has a
// head, after which the next segment goes.
class CatalogueBuilder {
 public:
  CatalogueBuilder();

  CatalogueBuilder& timeline(std::uint32_t id);
  CatalogueBuilder& fork(std::uint32_t id, std::uint32_t parent, std::uint64_t lsn);

  // A log segment from the head (or `from`) to its last commit (or `to`).
  struct Log {
    std::vector<CommitSpec> commits;
    std::optional<std::uint64_t> from{};
    std::optional<std::uint64_t> to{};
    std::optional<std::string> link_in{};
    std::optional<double> captured_to{};
    std::optional<double> archived_at{};
    std::optional<std::pair<std::uint64_t, std::uint64_t>> numbers{};  // default: the next
  };
  CatalogueBuilder& log(std::uint32_t timeline, std::vector<CommitSpec> commits);
  CatalogueBuilder& log_with(std::uint32_t timeline, Log log);
  // A bridge from the head to a position, over transactions up to that of the position.
  CatalogueBuilder& bridge(std::uint32_t timeline, const CommitSpec& to,
                           std::optional<std::uint64_t> hidden = std::nullopt,
                           std::optional<double> captured_to = std::nullopt);
  // A segment that begins a chain at a position, and moves the head there.
  CatalogueBuilder& start(std::uint32_t timeline, std::uint64_t lsn);
  CatalogueBuilder& mark(std::uint32_t timeline);
  // A snapshot at the head, or at an earlier position whose next segment is given. Its id is "S<lsn>" with
  // the LSN in three digits, and a letter for timelines beyond the first: "S100", "S100b"; where that is
  // taken, with a '+' behind.
  CatalogueBuilder& snapshot(std::uint32_t timeline);
  CatalogueBuilder& snapshot_at(std::uint32_t timeline, std::uint64_t lsn, std::uint64_t next_number,
                                const std::optional<std::string>& link = std::nullopt);
  CatalogueBuilder& restore_point(const std::string& name, std::uint32_t timeline, std::uint64_t lsn);
  // Anything else, as it stands. A timeline's head does not come into it.
  CatalogueBuilder& put(SegmentManifest manifest, SegmentFacts facts);
  CatalogueBuilder& put(SnapshotManifest snapshot);
  // Skips a number, as if the segment had been removed.
  CatalogueBuilder& lose(std::uint32_t timeline, std::uint64_t number);
  CatalogueBuilder& damage(std::uint32_t timeline, std::uint64_t number);
  // As a segment of an encrypted log that was archived without its key; read with it, or without it as well.
  CatalogueBuilder& forget_commits(std::uint32_t timeline, std::uint64_t number);
  CatalogueBuilder& seal(std::uint32_t timeline, std::uint64_t number);
  CatalogueBuilder& damage_snapshot(const std::string& id);
  CatalogueBuilder& damage_timeline(std::uint32_t timeline);

  [[nodiscard]] std::uint64_t head(std::uint32_t timeline) const { return heads_.at(timeline).lsn; }
  [[nodiscard]] std::uint64_t next_number(std::uint32_t timeline) const { return heads_.at(timeline).number; }
  [[nodiscard]] const std::string& head_link(std::uint32_t timeline) const {
    return heads_.at(timeline).link;
  }

  // Answers every question until there is a plan or a refusal. Fails the test if something is asked for
  // twice.
  std::variant<Plan, Refusal> plan(const PlanRequest& request);
  [[nodiscard]] Survey survey() const;
  // With every manifest loaded.
  [[nodiscard]] Catalogue loaded_catalogue() const;

  struct Segment {
    SegmentManifest manifest;
    SegmentEntry entry;
    SegmentFacts facts;
    bool is_damaged = false;
  };
  using SegmentKey = std::tuple<TimelineId, SegmentNumber, SegmentNumber>;
  // All segments, as they are.
  [[nodiscard]] const std::map<SegmentKey, Segment>& segments() const { return segments_; }
  [[nodiscard]] const Segment& segment(const PlannedSegment& planned) const;

  Catalogue catalogue;
  // What the last plan() asked for.
  std::set<SegmentKey> loaded;
  std::set<SegmentKey> scanned;

 private:
  struct Head {
    std::uint64_t lsn = 0;
    std::uint64_t number = 1;
    std::string link;
    double time = 0;
  };

  SegmentManifest next_manifest(std::uint32_t timeline, SegmentContent content, std::uint64_t start,
                                std::uint64_t end);
  void add(std::uint32_t timeline, SegmentManifest manifest, SegmentFacts facts, std::uint64_t last_number);
  Segment& find(std::uint32_t timeline, std::uint64_t number);
  void sort_snapshots();
  void answer(const NeedManifests& need, Catalogue& known);
  void answer(const NeedFacts& need, FactsBySegment& facts);

  std::map<std::uint32_t, Head> heads_;
  std::map<SegmentKey, Segment> segments_;
};

}  // namespace pitr::test
