#pragma once

#include "engine/engine.hpp"
#include "plan/planner.hpp"
#include "run/context.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace pitr {

// The target as it was typed; how an LSN reads is known only once the repository is open.
struct TargetText {
  enum class Kind { latest, immediate, lsn, time, xid, restore_point };
  Kind kind = Kind::latest;
  std::string text;
};

struct RestoreRequest {
  fs::path target_directory;
  TargetText target;
  std::optional<TimelineId> timeline;
  std::optional<std::string> snapshot;
  bool exclusive = false;
  Duration time_tolerance = std::chrono::seconds(1);
  RecoveryOptions recovery;  // all but fetch_command
};

// A directory that is restored besides the target.
struct PlannedDirectory {
  OtherDirectory directory;
  std::uint64_t space_free = 0;
};

struct RestorePlan {
  Plan plan;
  LsnNotation notation = LsnNotation::decimal;
  std::string repository;
  std::string engine;
  std::string target;  // described
  std::string target_directory;
  std::uint64_t space_needed = 0;
  std::uint64_t space_free = 0;
  std::vector<PlannedDirectory> others;
  std::vector<std::string> removed;  // with delta: what is in the target and not the database's own
  Duration planning_time{};
};

struct RefusedRestore {
  Refusal refusal;
  LsnNotation notation = LsnNotation::decimal;
};

struct RestoreResult {
  ReplayResult replay;
  Point reached;
  std::string restore_id;
  Duration total_time{};
};

// A restore in two steps, so that the plan is shown before the work starts.
class Restore {
 public:
  Restore(const Context& context, RestoreRequest request);
  ~Restore();

  // Plans: reads manifests and checks that every object is there with its size, that the space is there and
  // that the directories are empty or hold nothing but what an unfinished restore left. Writes nothing.
  [[nodiscard]] std::variant<RestorePlan, RefusedRestore> plan();

  // Does what plan() returned.
  RestoreResult execute();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace pitr
