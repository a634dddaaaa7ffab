#pragma once

#include "engine/postgresql/snapshot_data.hpp"
#include "model/snapshot_manifest.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace pitr::postgresql {

// What a restore writes by itself, or leaves out, instead of what the snapshot holds under these names.
inline constexpr const char* kAutoConf = "postgresql.auto.conf";
inline constexpr const char* kRecoverySignal = "recovery.signal";
inline constexpr const char* kStandbySignal = "standby.signal";
inline constexpr const char* kTablespaceMap = "tablespace_map";
inline constexpr const char* kBackupLabel = "backup_label";
inline constexpr const char* kVersionFile = "PG_VERSION";
inline constexpr const char* kTablespaceLinks = "pg_tblspc";

// A file of the snapshot, in its tree. The snapshot's file table must outlive it.
struct TreeFile {
  std::string path;  // relative to the tree's root
  const SnapshotFile* file = nullptr;
};

// The part of a cluster that lies below one directory: the data directory, or a tablespace.
struct ClusterTree {
  std::optional<Tablespace> tablespace;       // none: the data directory
  std::vector<ClusterDirectory> directories;  // parents first; without the root itself
  std::vector<TreeFile> files;
  [[nodiscard]] std::uint64_t size() const;  // bytes of its files
};

struct ClusterFiles {
  // The data directory's first, then the tablespaces' in the order of SnapshotData.
  std::vector<ClusterTree> trees;
  const SnapshotFile* control_file = nullptr;  // global/pg_control, in none of the trees
  const SnapshotFile* auto_conf = nullptr;     // postgresql.auto.conf, likewise; null where there was none
};

// Sorts a snapshot's files into trees, and adds the directories that a server needs and backups leave empty.
// Throws Errc::corrupt, naming `what`, when what a restore cannot do without is not there.
ClusterFiles cluster_files(const SnapshotData& data, const FileTable& table, const std::string& what);

}  // namespace pitr::postgresql
