#pragma once

#include "model/ids.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace pitr {

// The names of objects in a repository (see pitrctl-repository(5)), written and read here only. Numbers are
// lower-case hex digits of fixed length: eight for timelines and packs, sixteen for the rest.
std::string timeline_hex(TimelineId timeline);

std::string repository_key();
std::string timelines_prefix();
std::string timeline_key(TimelineId timeline);
// The folder of a timeline's segments, with a '/' at its end.
std::string segments_prefix(TimelineId timeline);
std::string segment_key(TimelineId timeline, SegmentNumber first, SegmentNumber last);
std::string snapshot_key(const std::string& id);
std::string pack_key(const std::string& snapshot_id, std::uint32_t number);
// name: is_file_name().
std::string file_key(std::string_view name);
// Letters, digits, '.', '-' and '_', not beginning with '.', at most 255.
bool is_file_name(std::string_view name);
// The folder of a restore point's generations, with a '/' at its end. The point's name is percent-encoded
// (see base/percent.hpp). Throws a usage error for a name that check_restore_point_name() finds too long.
std::string restore_point_prefix(TimelineId timeline, Lsn lsn, std::string_view name);
// Generations count from 1.
std::string restore_point_key(TimelineId timeline, Lsn lsn, std::string_view name, std::uint64_t generation);

struct TimelineName {
  TimelineId timeline;
};
struct SegmentName {
  TimelineId timeline;
  SegmentNumber first;
  SegmentNumber last;
};
struct SnapshotName {
  std::string id;
};
struct PackName {
  std::string snapshot_id;
  std::uint32_t number = 0;
};
struct FileName {
  std::string name;
};
struct RestorePointName {
  TimelineId timeline;
  Lsn lsn;
  std::string name;
  std::uint64_t generation = 0;
};
struct RepositoryName {};
struct UnknownName {};
using ObjectName = std::variant<UnknownName, RepositoryName, TimelineName, SegmentName, SnapshotName,
                                PackName, RestorePointName, FileName>;

// Only names that the functions above write are known.
ObjectName parse_object_name(std::string_view key);

}  // namespace pitr
