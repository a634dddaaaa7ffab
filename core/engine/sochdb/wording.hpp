#pragma once

#include "engine/sochdb/backup_manifest.hpp"
#include "engine/sochdb/log_reader.hpp"
#include "model/segment_manifest.hpp"
#include "model/snapshot_manifest.hpp"

#include <string>
#include <vector>

namespace pitr::sochdb {

// What is wrong with a log behind its last good record, for people; empty when nothing is.
std::string describe_damage(const std::string& log, Lsn end, const LogStop& stop);
// The same, of a record that only is not whole: it may be in the middle of being written.
std::string describe_torn_end(const std::string& log, const LogStop& stop, bool is_open);

// Engine::advice and Capture::remarks: how to keep SochDB from truncating its log.
std::string truncation_advice();
std::string truncation_risk(const std::string& directory);
// Of a source that is not the live database.
std::string describe_backup(const std::string& directory, const BackupManifest& backup);

// Engine::remarks: on truncations.
std::vector<std::string> remarks_on(const SegmentManifest& segment);
std::vector<std::string> remarks_on(const SnapshotManifest& snapshot);

}  // namespace pitr::sochdb
