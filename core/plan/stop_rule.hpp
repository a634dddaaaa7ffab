#pragma once

#include "plan/refusals.hpp"
#include "plan/route.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace pitr {

// Where replay stops.
struct Cut {
  Lsn stop;
  std::uint64_t undecidable = 0;
  std::vector<std::string> warnings;
  // The segment whose first record says that the log stops before it.
  std::optional<PlannedSegment> decided_by{};
};

// The target lies before the route's snapshot can be restored to.
struct SnapshotTooLate {};

// What a rule makes of a route: nothing yet, the place to stop, or that the target cannot be had, from this
// snapshot or at all.
using Verdict = std::variant<std::monostate, Cut, SnapshotTooLate, Refusal>;

// Where a target lies on a chain. Asked about one route after the other, each step by step.
class StopRule {
 public:
  virtual ~StopRule() = default;

  [[nodiscard]] virtual ReadAhead read_ahead() const { return ReadAhead::measured; }
  // How many of these snapshots, given in the order of the log, the target does not lie before.
  [[nodiscard]] virtual std::size_t count_eligible(
      const std::vector<const SnapshotManifest*>& snapshots) const = 0;

  virtual Verdict at_snapshot(const Route& route) = 0;
  virtual Verdict at_step(const Route& route) = 0;  // the last one
  virtual Verdict at_end(const Route& route) = 0;

  // Whether the target lies beyond everything archived; never for targets that are not a place in the log.
  [[nodiscard]] virtual bool is_beyond(const ArchivedEnd&) const { return false; }
  // How far it lies from a time ("5 min "), for rules that can say.
  [[nodiscard]] virtual std::string distance(std::optional<Timestamp>) const { return {}; }
};

// To the end of the log, which is not before `known_end`.
class LatestRule : public StopRule {
 public:
  explicit LatestRule(Lsn known_end) : known_end_(known_end) {}

  [[nodiscard]] ReadAhead read_ahead() const override { return ReadAhead::all; }
  [[nodiscard]] std::size_t count_eligible(
      const std::vector<const SnapshotManifest*>& snapshots) const override {
    return snapshots.size();
  }
  Verdict at_snapshot(const Route&) override { return {}; }
  Verdict at_step(const Route&) override { return {}; }
  Verdict at_end(const Route& route) override;

 private:
  Lsn known_end_;
};

// As soon as the snapshot is consistent.
class ImmediateRule : public StopRule {
 public:
  [[nodiscard]] std::size_t count_eligible(
      const std::vector<const SnapshotManifest*>& snapshots) const override {
    return snapshots.size();
  }
  Verdict at_snapshot(const Route& route) override;
  Verdict at_step(const Route& route) override { return at_snapshot(route); }
  Verdict at_end(const Route&) override { return {}; }
};

// At a position; exclusive: without the commit that ends exactly there.
class LsnRule : public StopRule {
 public:
  LsnRule(const Refusals& refusals, Lsn lsn, bool exclusive)
      : refusals_(refusals), lsn_(lsn), exclusive_(exclusive) {}

  [[nodiscard]] std::size_t count_eligible(
      const std::vector<const SnapshotManifest*>& snapshots) const override;
  Verdict at_snapshot(const Route& route) override;
  Verdict at_step(const Route& route) override;
  Verdict at_end(const Route&) override { return {}; }
  [[nodiscard]] bool is_beyond(const ArchivedEnd& end) const override { return lsn_ > end.lsn; }

 private:
  [[nodiscard]] Lsn stop_on(const Route& route) const;

  const Refusals& refusals_;
  Lsn lsn_;
  bool exclusive_;
};

}  // namespace pitr
