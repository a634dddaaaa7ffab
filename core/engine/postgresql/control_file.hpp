#pragma once

#include "base/bytes.hpp"
#include "base/time.hpp"
#include "model/ids.hpp"

#include <cstdint>
#include <string>

namespace pitr::postgresql {

inline constexpr std::size_t kControlFileSize = 8192;
inline constexpr const char* kControlFilePath = "global/pg_control";

// What the cluster was doing when its control file was last written. The server's own numbers.
enum class ClusterState : std::uint32_t {
  starting_up = 0,
  shut_down = 1,
  shut_down_in_recovery = 2,
  shutting_down = 3,
  in_crash_recovery = 4,
  in_archive_recovery = 5,
  in_production = 6,
};

// Settings of the server that wrote the log. Recovery refuses to read it with less.
struct RecoverySettings {
  std::uint32_t max_connections = 0;
  std::uint32_t max_worker_processes = 0;
  std::uint32_t max_wal_senders = 0;
  std::uint32_t max_prepared_transactions = 0;
  std::uint32_t max_locks_per_transaction = 0;
};

// global/pg_control: what a cluster knows of itself before it reads its log. A position of 0/0 is none.
struct ControlFile {
  std::uint32_t version = 0;
  std::uint64_t system_identifier = 0;
  std::uint32_t catalogue_version = 0;
  ClusterState state = ClusterState::starting_up;
  Timestamp written_at;  // to the second
  Lsn checkpoint;        // the record
  Lsn redo;              // where replay from that checkpoint begins
  TimelineId timeline;   // of that checkpoint
  Lsn minimum_recovery;  // of a standby: consistent from here on
  TimelineId minimum_recovery_timeline;
  Lsn backup_start;
  Lsn backup_end;
  bool backup_end_required = false;
  std::uint32_t wal_level = 0;  // 0 minimal, 1 replica, 2 logical
  RecoverySettings settings;
  std::uint32_t page_size = 0;
  std::uint32_t segment_pages = 0;     // pages of a relation in one file
  std::uint32_t wal_segment_size = 0;  // bytes
  bool has_checksums = false;
};

// file: all of it. Throws Errc::corrupt, naming `what`, for anything but a sound control file, and usage for
// one of a version other than 13 to 18, or of a server built with pages that are not 8192 bytes.
ControlFile parse_control_file(ByteView file, const std::string& what);

}  // namespace pitr::postgresql
