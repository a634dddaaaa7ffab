#pragma once

#include "server_log.hpp"

#include <cstdint>
#include <optional>
#include <random>
#include <set>
#include <utility>
#include <vector>

namespace pitr::test {

using ServerSegment = std::pair<std::uint32_t, std::uint64_t>;  // timeline and number

// A random server's life, its archive, and what is wrong with that.
class RandomServer {
 public:
  explicit RandomServer(std::uint64_t seed);

  [[nodiscard]] const ServerLog& log() const { return log_; }
  [[nodiscard]] const std::set<std::uint32_t>& timelines() const { return timelines_; }
  [[nodiscard]] std::uint64_t random(std::uint64_t low, std::uint64_t high);
  // Of a hundred.
  [[nodiscard]] bool happens(std::uint64_t percent) { return random(1, 100) <= percent; }

  CatalogueBuilder archive;
  std::set<ServerSegment> unusable;   // lost or damaged
  std::set<ServerSegment> damaged;    // of these
  std::set<ServerSegment> conflicts;  // bear a token that no neighbour has

 private:
  void live(std::uint32_t timeline, std::uint64_t records);
  void write_one(std::uint32_t timeline);
  void fork_off(std::uint32_t parent, std::uint32_t child);
  void back_up(std::uint32_t timeline);
  void break_things();
  [[nodiscard]] bool is_first_of_any(std::uint64_t number) const;

  std::mt19937_64 random_;
  std::uint32_t newest_;
  std::set<std::uint32_t> timelines_;
  double clock_ = 1000;
  std::uint64_t epoch_ = 0;
  std::uint64_t next_id_ = 700;
  ServerLog log_;
};

// What of one timeline's history can be reached, by the rules of the layout and what really happened.
class ServerOracle {
 public:
  ServerOracle(const RandomServer& server, std::uint32_t timeline);

  // A snapshot of the history, and how far its chain reaches.
  struct Chain {
    const SnapshotManifest* snapshot;
    std::uint64_t end;
    std::optional<Timestamp> captured_to;
    [[nodiscard]] std::uint64_t start() const { return snapshot->start_lsn.value; }
    [[nodiscard]] std::uint64_t consistent() const { return snapshot->consistent_lsn.value; }
    [[nodiscard]] bool is_usable() const { return end >= consistent(); }
  };

  [[nodiscard]] const std::vector<ServerRecord>& records() const { return records_; }
  [[nodiscard]] const std::vector<Chain>& chains() const { return chains_; }  // in the order of the log
  [[nodiscard]] bool is_reachable(std::uint64_t lsn) const;
  [[nodiscard]] std::uint64_t archived_end() const { return archived_end_; }
  [[nodiscard]] std::optional<Timestamp> archived_time() const { return archived_time_; }
  // The newest segment cannot be read: the archived end cannot be known then.
  [[nodiscard]] bool is_head_damaged() const { return is_head_damaged_; }
  // Points that a restore can end at: snapshots and commits.
  [[nodiscard]] const std::set<std::uint64_t>& points() const { return points_; }
  // Where the last commit (or else the snapshot) of the state at a position is.
  [[nodiscard]] std::uint64_t reached_at(const Chain& chain, std::uint64_t lsn) const;
  // Whether this position of the history stands in an archived segment, reachable or not.
  [[nodiscard]] bool is_archived(std::uint64_t lsn) const;
  // Where the timeline's own history begins.
  [[nodiscard]] std::uint64_t fork() const { return path_.size() > 1 ? path_[path_.size() - 2].bound : 0; }

  // The answer to a time: where to stop, from which snapshot; nothing where it cannot be had.
  struct Stop {
    std::uint64_t lsn;
    const Chain* chain;
  };
  [[nodiscard]] std::optional<Stop> stop_at(Timestamp time, bool exclusive) const;

 private:
  struct Element {
    std::uint32_t timeline;
    std::uint64_t bound;
  };

  void find_path(std::uint32_t timeline);
  [[nodiscard]] Chain chain_of(const SnapshotManifest& snapshot) const;
  // The segment of a number that holds most of this history, and up to where.
  [[nodiscard]] std::optional<std::pair<std::uint32_t, std::uint64_t>> best_holder(
      std::uint64_t number) const;
  void find_end(std::uint32_t timeline);

  const RandomServer& server_;
  std::vector<Element> path_;
  std::vector<ServerRecord> records_;
  std::vector<Chain> chains_;
  std::set<std::uint64_t> points_;
  std::uint64_t archived_end_ = 0;
  std::optional<Timestamp> archived_time_;
  bool is_head_damaged_ = false;
};

// Goes through a plan's segments as a server would. Fails the test when they are not the log of the timeline
// from the snapshot's start to the stop.
void check_replay(const RandomServer& server, std::uint32_t timeline, const Plan& plan);

}  // namespace pitr::test
