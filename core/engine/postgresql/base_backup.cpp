#include "engine/postgresql/base_backup.hpp"

#include "base/error.hpp"
#include "base/utf8.hpp"
#include "engine/postgresql/server_address.hpp"

#include <map>
#include <optional>
#include <utility>

#include <boost/filesystem/operations.hpp>
#include <fmt/format.h>

namespace pitr::postgresql {

namespace {

constexpr const char* kWhere = "run this on the database host, as the user the server runs as";
// Since this version backups have new names, and no exclusive ones that a crash leaves behind.
constexpr int kRenamedSince = 15;
constexpr std::size_t kMaxLabelLength = 1000;
// The server notes the time of its start before it has made its shared memory.
constexpr std::int64_t kStartTolerance = 60;

constexpr const char* kRight =
    "the role must be a superuser, or: GRANT EXECUTE ON FUNCTION pg_backup_start(text, boolean), "
    "pg_backup_stop(boolean) TO it";
constexpr const char* kRightBefore15 =
    "the role must be a superuser, or: GRANT EXECUTE ON FUNCTION pg_start_backup(text, boolean, boolean), "
    "pg_stop_backup(boolean, boolean) TO it";

const char* right(int major) { return major >= kRenamedSince ? kRight : kRightBefore15; }

[[noreturn]] void throw_not_here(const ServerConnection& connection, const ServerFacts& server,
                                 const std::string& reason) {
  throw Error(
      Errc::usage,
      fmt::format("{} works in {}, but {}", connection.shown(), server.data_directory.native(), reason),
      kWhere);
}

ControlFile read_control_file_here(const ServerConnection& connection, const ServerFacts& server) {
  try {
    return parse_control_file(read_sound_control_file(server.data_directory), kControlFilePath);
  } catch (const Error& error) {
    if (error.code() == Errc::corrupt) throw;
    throw_not_here(connection, server, fmt::format("it cannot be read here: {}", error.what()));
  }
}

// A standby of the same cluster on this host, in a directory of the same name, would pass for its primary on
// another: their system identifiers are equal.
bool is_same_server(const ServerFacts& server, const ControlFile& control) {
  const auto postmaster = read_postmaster_file(server.data_directory);
  const bool is_primary = control.state == ClusterState::in_production;
  if (!postmaster || postmaster->port != server.port || is_primary == server.in_recovery) return false;
  const std::int64_t started = server.started_at.us / 1'000'000;
  return started >= postmaster->start_time - 1 && started <= postmaster->start_time + kStartTolerance;
}

ControlFile require_data_directory(const ServerConnection& connection, const ServerFacts& server) {
  const ControlFile control = read_control_file_here(connection, server);
  if (control.system_identifier != server.system_identifier)
    throw_not_here(connection, server, "that is another cluster's here");
  if (!is_same_server(server, control)) throw_not_here(connection, server, "that is another server's here");
  boost::system::error_code ignored;
  const auto& given = connection.data_directory();
  if (given && !fs::equivalent(*given, server.data_directory, ignored))
    throw_not_here(connection, server, fmt::format("not in {}", given->native()));
  return control;
}

Lsn start_backup(ServerConnection& connection, const BackupRequest& request) {
  if (request.label.empty() || request.label.size() > kMaxLabelLength || !is_utf8(request.label) ||
      has_control_characters(request.label)) {
    throw Error(Errc::usage, "that cannot be the label of a backup",
                fmt::format("a label is one line of 1 to {} bytes of UTF-8 text", kMaxLabelLength));
  }
  const int major = connection.major();
  const char* statement =
      major >= kRenamedSince ? "SELECT pg_backup_start($1, $2)" : "SELECT pg_start_backup($1, $2, false)";
  const auto row =
      connection.row(statement, {request.label, request.fast_checkpoint ? "true" : "false"}, right(major));
  return lsn_of(row, 0);
}

std::vector<Tablespace> named(const std::vector<TablespaceLink>& links,
                              const std::map<std::uint32_t, std::string>& names) {
  std::vector<Tablespace> tablespaces;
  for (const auto& link : links) {
    // One that is dropped while we look has no name any more; the log drops it from the backup, too.
    const auto name = names.find(link.oid);
    tablespaces.push_back(
        {link.oid, name == names.end() ? std::to_string(link.oid) : name->second, link.location});
  }
  return tablespaces;
}

SnapshotSourceFile text_file(std::string path, const BackupFiles& files, const std::string& text) {
  const ByteView bytes = as_bytes(text);
  // What the group may do in the data directory it may do with a file of the server's.
  constexpr std::uint32_t kGroupMayRead = 0040;
  const std::uint32_t mode = 0600 | (files.mode & kGroupMayRead);
  return file_in_memory(std::move(path), mode, {bytes.begin(), bytes.end()});
}

}  // namespace

BaseBackup::BaseBackup(ServerConnection connection, const BackupRequest& request)
    : connection_(std::move(connection)),
      server_(server_facts(connection_)),
      control_(require_data_directory(connection_, server_)),
      start_(start_backup(connection_, request)),
      files_(list_backup_files(server_.data_directory,
                               fmt::format("PG_{}_{}", server_.major, control_.catalogue_version))),
      tablespaces_(named(files_.tablespaces, tablespace_names(connection_))),
      reader_(server_.data_directory, page_rules()) {}

std::optional<PageRules> BaseBackup::page_rules() {
  if (!control_.has_checksums) return std::nullopt;
  return PageRules{{start_, [this] { return end_of_log(); }}, control_.segment_pages};
}

Lsn BaseBackup::end_of_log() {
  const auto row = connection_.row(
      server_.in_recovery ? "SELECT greatest(pg_last_wal_replay_lsn(), pg_last_wal_receive_lsn())"
                          : "SELECT pg_current_wal_insert_lsn()",
      {}, "");
  return lsn_of(row, 0);
}

void BaseBackup::for_each_file(const BackupReader::Visit& visit) {
  for (const auto& file : files_.files) {
    connection_.require_open();
    reader_.read(file, visit);
  }
  reader_.read_control_file(visit);
}

ServerConnection::Row BaseBackup::ask_to_stop() {
  try {
    return connection_.row(server_.major >= kRenamedSince
                               ? "SELECT lsn, labelfile, spcmapfile FROM pg_backup_stop(false)"
                               : "SELECT lsn, labelfile, spcmapfile FROM pg_stop_backup(false, false)",
                           {}, right(server_.major));
  } catch (const Error& error) {
    const bool was_promoted = server_.in_recovery && error.code() == Errc::usage &&
                              !bool_of(connection_.row("SELECT pg_is_in_recovery()", {}, ""), 0);
    if (!was_promoted) throw;
    throw Error(
        Errc::unavailable,
        fmt::format("{} was promoted while the backup was taken, which spoils it", connection_.shown()),
        "run the same command again");
  }
}

BackupEnd BaseBackup::stop() {
  const auto row = ask_to_stop();
  BackupEnd end;
  end.stop = lsn_of(row, 0);
  end.label = parse_backup_label(text_of(row, 1), "the server's backup label");
  if (end.label.start != start_) {
    throw Error(Errc::internal, fmt::format("the backup began at {}, but its label says {}",
                                            format_lsn(start_, LsnNotation::hex_pair),
                                            format_lsn(end.label.start, LsnNotation::hex_pair)));
  }
  end.server = server_facts(connection_);
  end.files.push_back(text_file("backup_label", files_, text_of(row, 1)));
  if (!text_of(row, 2).empty()) end.files.push_back(text_file("tablespace_map", files_, text_of(row, 2)));
  return end;
}

}  // namespace pitr::postgresql
