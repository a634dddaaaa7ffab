#pragma once

#include "model/ids.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pitr::postgresql {

// The name of a file of the log: timeline (8 upper-case hex digits), LSN >> 32 (8), and (LSN & 0xFFFFFFFF) /
// segment size (8). Which LSN that is depends on the segment size.
struct SegmentName {
  TimelineId timeline;
  std::uint32_t high = 0;
  std::uint32_t low = 0;

  // Nothing when the file cannot have that segment size.
  [[nodiscard]] std::optional<Lsn> start(std::uint32_t segment_size) const;
  [[nodiscard]] std::string text() const;
  bool operator==(const SegmentName&) const = default;
};

SegmentName segment_name(TimelineId timeline, Lsn lsn, std::uint32_t segment_size);

// What PostgreSQL gives its archive_command, and asks its restore_command for.
enum class LogFileKind {
  segment,         // 000000010000000000000003
  partial,         // 000000010000000000000003.partial: the last one of a timeline that ended
  history,         // 00000002.history: where a timeline forked off
  backup_history,  // 000000010000000000000003.00000028.backup: when a backup was taken
};

struct LogFileName {
  LogFileKind kind = LogFileKind::segment;
  SegmentName segment;  // of history: only its timeline
};

// Nothing when it is no name of such a file.
std::optional<LogFileName> parse_log_file_name(std::string_view name);

}  // namespace pitr::postgresql
