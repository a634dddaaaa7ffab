#include "engine/sochdb/wording.hpp"

#include "engine/sochdb/segment_data.hpp"

#include <fmt/format.h>

namespace pitr::sochdb {

namespace {

std::string reason_for(StopReason reason) {
  switch (reason) {
    case StopReason::length_too_small:
    case StopReason::length_too_large:
      return "a length that no record has";
    case StopReason::content_rejected:
      return "a record whose checksum or fields do not hold";
    default:
      return "a record that is not whole";
  }
}

std::string name_truncation(Lsn after, std::uint64_t generation) {
  return fmt::format(
      "the log was truncated after LSN {}: its next record, LSN {}, is SochDB's LSN 1 of generation {}; "
      "records written between the last look and the truncation, if any, are lost (possible gap)",
      after.value, after.value + 1, generation);
}

}  // namespace

std::string describe_damage(const std::string& log, Lsn end, const LogStop& stop) {
  if (stop.end != LogEnd::damaged) return {};
  const Stranded& stranded = stop.stranded;
  std::string behind = fmt::format("{} bytes", stop.bytes_left);
  if (stranded.frames > 0 || !stranded.all_counted)
    behind +=
        fmt::format(" with {}{} whole records", stranded.all_counted ? "" : "at least ", stranded.frames);
  return fmt::format(
      "{} is damaged at offset {}, behind LSN {}: {}; {} from there on are not archived, and SochDB will not "
      "read them when it opens the database again",
      log, stop.good_end.offset, end.value, reason_for(stop.reason), behind);
}

std::string describe_torn_end(const std::string& log, const LogStop& stop, bool is_open) {
  if (stop.end != LogEnd::torn && stop.end != LogEnd::zeroed) return {};
  const std::string what = stop.end == LogEnd::torn ? "bytes of a record that is not whole" : "zero bytes";
  const char* const why =
      is_open ? "it may be in the middle of being written"
              : "what SochDB writes behind them will be lost when it opens the database again: "
                "cut them off before";
  return fmt::format("{} ends in {} {} at offset {}: {}", log, stop.bytes_left, what, stop.good_end.offset,
                     why);
}

std::string truncation_advice() {
  return "SochDB truncates its log when it compacts a database, and what was not archived by then is lost. "
         "It "
         "refuses to as long as the database's directory holds a file wal.manifest. Close the database and "
         "make "
         "one: echo '{\"format_version\":1,\"db_uuid\":\"'$(uuidgen | tr -d "
         "-)'\",\"last_checkpoint_lsn\":0}' > "
         "DIRECTORY/wal.manifest";
}

std::string truncation_risk(const std::string& directory) {
  return fmt::format(
      "{} holds no wal.manifest, so SochDB may truncate its log: what it writes between two runs would be "
      "lost, and the next archive could only tell that something may be missing; 'pitrctl init' and "
      "pitrctl-archive(1) say how to make it refuse",
      directory);
}

std::string describe_backup(const std::string& directory, const BackupManifest& backup) {
  return fmt::format(
      "{} is a copy that SochDB's backup made of {} at {}: what was written since is not in it", directory,
      backup.source, format_time(backup.taken));
}

std::vector<std::string> remarks_on(const SegmentManifest& segment) {
  const SegmentData data = segment_data(segment);
  if (!data.truncated) return {};
  return {name_truncation(segment.start_lsn, data.generation.number)};
}

std::vector<std::string> remarks_on(const SnapshotManifest& snapshot) {
  std::vector<std::string> remarks;
  const SnapshotData data = snapshot_data(snapshot);
  for (std::size_t i = 1; i < data.parts.size(); ++i) {
    const Generation& generation = data.parts[i].generation;
    remarks.push_back(name_truncation(generation.start, generation.number));
  }
  return remarks;
}

}  // namespace pitr::sochdb
