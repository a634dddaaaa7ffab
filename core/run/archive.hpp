#pragma once

#include "engine/engine.hpp"
#include "model/point.hpp"
#include "repo/repository.hpp"
#include "run/context.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace pitr {

inline constexpr std::size_t kUsualAhead = 16;

// What is said of a server that hands over its log, when a snapshot or a restore point is made in it.
struct ServerOptions {
  std::string primary;                          // of a standby: how to reach the server it follows
  Duration patience = std::chrono::minutes(5);  // for the log to arrive in the repository
  bool waits = true;                            // for that; a snapshot always does
  bool fast_checkpoint = true;                  // otherwise the server takes its time before a snapshot
  bool operator==(const ServerOptions&) const = default;
};

struct ArchiveRequest {
  fs::path source;
  SourceClaim claim = SourceClaim::none;
  bool allow_bridge = true;    // false: a log that does not go on from the last segment is an error (wal_gap)
  bool take_snapshot = false;  // also when the chain has one already
  // Files that wait, archived ahead of time, where the database hands them over; default: kUsualAhead.
  std::optional<std::size_t> ahead;
  ServerOptions server;
};

struct ArchivedSegment {
  SegmentNumber number;
  SegmentContent content = SegmentContent::log;
  Lsn start_lsn;
  Lsn end_lsn;
  std::optional<std::uint64_t> commits;  // absent: not known, as in CommitSummary
  std::optional<std::uint64_t> hidden_commits;
  std::uint64_t size = 0;
  std::uint64_t stored_size = 0;
};

struct ArchiveReport {
  LsnNotation notation = LsnNotation::decimal;
  TimelineId timeline;
  bool new_timeline = false;
  std::vector<ArchivedSegment> segments;  // stored by this run
  std::vector<std::string> files;         // stored by this run: what goes with the log
  std::optional<std::string> snapshot;    // taken by this run
  std::uint64_t snapshot_size = 0;
  std::uint64_t snapshot_new_bytes = 0;
  // What is wrong with the live database: the first damaged pages of a snapshot, or the log behind what is
  // archived.
  std::vector<std::string> damage;
  std::uint64_t damaged_pages = 0;  // in the snapshot
  bool gap = false;                 // a hole was left before this run's snapshot
  std::string reason;               // why bridged, gap or new timeline
  // The last point archived now; absent when nothing but files was looked at.
  std::optional<Point> head;
  std::optional<std::uint64_t> commits = 0;  // absent: not known
};

// Whether the live database was found damaged.
inline bool is_damaged(const ArchiveReport& report) {
  return report.damaged_pages > 0 || !report.damage.empty();
}

// Throws a usage error for what the request says and databases of this engine cannot be told.
void check_claims(const ArchiveRequest& request, const Engine& engine);

// Archives what is new, and takes the base snapshot where the chain has none. Returns once everything
// reported is durable. Throws log_conflict for another database's log and wal_gap where bridging was
// forbidden.
ArchiveReport archive(const Context& context, const ArchiveRequest& request);

// The same for a database that is looked at, in an open repository.
ArchiveReport archive_database(const Context& context, const ArchiveRequest& request,
                               const Repository& repository, const Engine& engine);

}  // namespace pitr
