#pragma once

#include "engine/postgresql/segment_name.hpp"
#include "model/ids.hpp"

#include <string>
#include <string_view>

namespace pitr::postgresql {

// What a server tells of a base backup: its recovery begins with it.
struct BackupLabel {
  Lsn start;         // where replay begins
  SegmentName file;  // holds it
  Lsn checkpoint;    // the record
  TimelineId timeline;
  bool from_standby = false;
  bool incremental = false;  // PostgreSQL 17: of no use without another backup
  std::string start_time;    // in the server's time zone, as it wrote it
  std::string label;
};

// Reads a backup_label file. Throws Errc::corrupt, naming `what` and the line, for anything but lines
// "NAME: value" that tell at least of start, checkpoint and timeline, and agree with each other. Lines of
// other names are ignored, so that a backup history file (*.backup) is read as well.
BackupLabel parse_backup_label(std::string_view text, const std::string& what);

}  // namespace pitr::postgresql
