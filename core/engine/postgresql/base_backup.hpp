#pragma once

#include "engine/postgresql/backup_files.hpp"
#include "engine/postgresql/backup_label.hpp"
#include "engine/postgresql/backup_reader.hpp"
#include "engine/postgresql/control_file.hpp"
#include "engine/postgresql/server_connection.hpp"
#include "engine/postgresql/server_facts.hpp"
#include "engine/postgresql/snapshot_data.hpp"
#include "model/snapshot_source.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace pitr::postgresql {

struct BackupRequest {
  std::string label;
  bool fast_checkpoint = true;  // otherwise the server takes its time, and we wait for it
};

struct BackupEnd {
  Lsn stop;            // consistent from here on, with the log from the start to here
  ServerFacts server;  // as it is now: of a standby, the timeline may have changed
  BackupLabel label;   // what backup_label says
  // backup_label, and tablespace_map where there are tablespaces: part of the backup as well.
  std::vector<SnapshotSourceFile> files;
};

// A base backup of a running server, taken from its data directory. From construction to stop() or
// destruction the server is in backup mode, and its session, which nothing else may use, stays open; when it
// is lost, the server ends the backup and nothing of it is of use.
//
// The archiving of the log up to the stop is not waited for.
class BaseBackup {
 public:
  // Waits for a checkpoint. Throws a usage error when the server's data directory is not on this machine,
  // cannot be read, or is another server's, and when the role may not take backups.
  BaseBackup(ServerConnection connection, const BackupRequest& request);
  BaseBackup(const BaseBackup&) = delete;
  BaseBackup& operator=(const BaseBackup&) = delete;

  [[nodiscard]] const ServerFacts& server() const { return server_; }
  [[nodiscard]] Lsn start() const { return start_; }
  [[nodiscard]] const BackupFiles& files() const { return files_; }
  [[nodiscard]] const std::vector<Tablespace>& tablespaces() const { return tablespaces_; }

  // Hands out every file but those of BackupEnd, one after the other, global/pg_control last. What it hands
  // out is good until visit returns. Files that are gone meanwhile are skipped.
  void for_each_file(const BackupReader::Visit& visit);

  // Of the files handed out so far.
  [[nodiscard]] const PageFindings& pages() const { return reader_.findings(); }

  // Ends the backup. Throws Errc::unavailable when the server was promoted meanwhile.
  BackupEnd stop();

 private:
  [[nodiscard]] Lsn end_of_log();
  [[nodiscard]] ServerConnection::Row ask_to_stop();
  [[nodiscard]] std::optional<PageRules> page_rules();

  ServerConnection connection_;
  ServerFacts server_;
  ControlFile control_;
  Lsn start_;
  BackupFiles files_;
  std::vector<Tablespace> tablespaces_;
  BackupReader reader_;
};

}  // namespace pitr::postgresql
