#include "engine/postgresql/live_server.hpp"

#include "base/error.hpp"
#include "engine/postgresql/base_backup.hpp"
#include "engine/postgresql/segment_data.hpp"
#include "engine/postgresql/server_facts.hpp"
#include "engine/postgresql/wal_commands.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace pitr::postgresql {

namespace {

constexpr const char* kBackupLabel = "pitrctl snapshot";
constexpr std::size_t kMostListedPages = 100;

SnapshotData data_of(const BaseBackup& backup, const BackupEnd& end) {
  const ServerFacts& server = backup.server();
  SnapshotData data;
  data.system_identifier = server.system_identifier;
  data.version = server.major;
  data.segment_size = server.wal_segment_size;
  data.checksums = server.has_checksums;
  data.mode = backup.files().mode;
  for (const BackupDirectory& directory : backup.files().directories)
    data.directories.push_back({directory.path, directory.mode});
  data.tablespaces = backup.tablespaces();
  data.from_standby = end.label.from_standby;
  const PageFindings& pages = backup.pages();
  data.damaged_pages = pages.bad;
  for (const BadPage& page : pages.listed) {
    if (data.listed_damage.size() == kMostListedPages) break;
    data.listed_damage.push_back({page.file, page.block});
  }
  return data;
}

// Distributions keep the configuration elsewhere; a restore will not bring it back.
std::vector<std::string> settings_elsewhere(ServerConnection& connection) {
  std::vector<std::string> remarks;
  const fs::path data_directory =
      text_of(connection.row("SELECT current_setting('data_directory')", {}, ""), 0);
  const auto row = connection.row(
      "SELECT current_setting('config_file'), current_setting('hba_file'), current_setting('ident_file')", {},
      "");
  for (std::size_t i = 0; i < row.size(); ++i) {
    const fs::path file = text_of(row, i);
    if (file.lexically_relative(data_directory).native().starts_with(".."))
      remarks.push_back(
          fmt::format("{} is not in the data directory, and so not in the snapshot", file.native()));
  }
  return remarks;
}

class Backup : public ServerBackup {
 public:
  Backup(ServerConnection connection, bool fast)
      : settings_(settings_elsewhere(connection)), backup_(std::move(connection), {kBackupLabel, fast}) {}

  [[nodiscard]] Lsn start() const override { return backup_.start(); }
  [[nodiscard]] std::uint64_t size() const override { return backup_.files().size(); }
  [[nodiscard]] std::vector<std::string> remarks() const override {
    std::vector<std::string> all = settings_;
    const auto& files = backup_.files().remarks;
    all.insert(all.end(), files.begin(), files.end());
    return all;
  }
  void for_each_file(const std::function<void(const SnapshotSourceFile&)>& visit) override {
    backup_.for_each_file(visit);
  }

  End finish() override {
    BackupEnd stopped = backup_.stop();
    if (stopped.server.timeline != stopped.label.timeline) {
      throw Error(Errc::unavailable,
                  fmt::format("the server went from timeline {} to {} while the snapshot was taken",
                              stopped.label.timeline.value, stopped.server.timeline.value),
                  "run the same command again");
    }
    const SnapshotData data = data_of(backup_, stopped);
    End end;
    end.manifest.timeline = stopped.label.timeline;
    end.manifest.start_lsn = stopped.label.start;
    end.manifest.consistent_lsn = stopped.stop;
    end.manifest.engine_data = to_json(data);
    end.files = std::move(stopped.files);
    end.damaged_pages = data.damaged_pages;
    for (const DamagedPage& page : data.listed_damage)
      end.damage.push_back(fmt::format("{}, block {}", page.file, page.block));
    return end;
  }

 private:
  std::vector<std::string> settings_;
  BaseBackup backup_;
};

class Server : public LiveServer {
 public:
  explicit Server(const std::string& source) : connection_(source) {}

  [[nodiscard]] ServerState state() override {
    const ServerFacts facts = server_facts(connection_);
    const ClusterIdentity identity{facts.system_identifier, facts.wal_segment_size, facts.major};
    return {connection_.shown(), to_json(identity), facts.timeline, log_end(facts), facts.in_recovery};
  }

  void require_archiving() override {
    const ServerFacts facts = server_facts(connection_);
    if (facts.in_recovery || facts.archiving == ServerFacts::Archiving::on) return;
    throw Error(
        Errc::usage,
        facts.archiving == ServerFacts::Archiving::off
            ? fmt::format("{} does not archive its log: archive_mode is off", connection_.shown())
            : fmt::format("{} does not archive its log: archive_command is empty", connection_.shown()),
        "set archive_mode = on and archive_command = 'pitrctl archive --repo URL %p', and restart the "
        "server");
  }

  [[nodiscard]] std::string archiving_trouble() override {
    const auto row = connection_.row(
        "SELECT last_failed_wal FROM pg_stat_archiver WHERE last_archived_time IS NULL OR last_failed_time > "
        "last_archived_time UNION ALL SELECT NULL LIMIT 1",
        {}, "");
    if (row.empty() || !row[0]) return {};
    return fmt::format("its archive_command failed for {}; the server's log says why", *row[0]);
  }

  [[nodiscard]] std::string last_archived() override {
    return connection_.row("SELECT last_archived_wal FROM pg_stat_archiver", {}, "")[0].value_or("");
  }

  Lsn create_restore_point(const std::string& name) override {
    return postgresql::create_restore_point(connection_, name);
  }
  void end_segment() override { switch_wal(connection_); }

 private:
  Lsn log_end(const ServerFacts& facts) {
    const auto row = connection_.row(facts.in_recovery ? "SELECT greatest(coalesce(pg_last_wal_replay_lsn(), "
                                                         "'0/0'), coalesce(pg_last_wal_receive_lsn(), "
                                                         "'0/0'))"
                                                       : "SELECT pg_current_wal_lsn()",
                                     {}, "");
    return lsn_of(row, 0);
  }

  ServerConnection connection_;
};

}  // namespace

std::unique_ptr<LiveServer> connect(const std::string& source) { return std::make_unique<Server>(source); }

std::unique_ptr<ServerBackup> begin_backup(const std::string& source, bool fast) {
  return std::make_unique<Backup>(ServerConnection(source), fast);
}

}  // namespace pitr::postgresql
