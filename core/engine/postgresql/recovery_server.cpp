#include "engine/postgresql/recovery_server.hpp"

#include "base/error.hpp"
#include "base/owned_files.hpp"
#include "base/process.hpp"
#include "engine/postgresql/control_file.hpp"
#include "engine/postgresql/history.hpp"
#include "engine/postgresql/server_log.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <boost/filesystem/operations.hpp>
#include <fcntl.h>
#include <fmt/format.h>

namespace pitr::postgresql {

namespace {

constexpr std::chrono::milliseconds kLookInterval{50};
// To the postmaster: disconnect everybody, write everything, shut down.
constexpr int kFastShutdown = SIGINT;

std::string shown(Lsn lsn) { return format_lsn(lsn, LsnNotation::hex_pair); }

ControlFile read_control_file(const fs::path& data_directory) {
  const fs::path path = data_directory / kControlFilePath;
  return parse_control_file(read_whole_file(path), path.native());
}

void make_file(const fs::path& path, std::string_view text) {
  const Fd fd = open_file(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
  write_all(fd.get(), as_bytes(text), path);
}

class Recovery {
 public:
  Recovery(const RecoveryRun& run, Progress& progress)
      : run_(run), progress_(progress), log_path_(run.private_directory / "log") {
    const OwnedFiles owned(run.owner.user, run.owner.group);
    // Nobody is let in, and no file outside the cluster is needed.
    make_file(run.private_directory / "pg_hba.conf", "local all all reject\n");
    make_file(run.private_directory / "pg_ident.conf", "");
    make_file(run.private_directory / "postgresql.conf", "");
    make_file(log_path_, "");
  }

  void operator()() {
    progress_.begin("recovery", run_.last.end.value - run_.start.value);
    const Fd output = open_file(log_path_, O_WRONLY | O_APPEND);
    Process server(options(output.get()));
    ServerLog log(log_path_);
    wait_for_end(server, log);
    check_end(log);
    advance_to(run_.last.end);
  }

 private:
  [[nodiscard]] ProcessOptions options(int output) const {
    ProcessOptions options;
    options.command = command();
    // The log is read here: it must be in English.
    options.environment = {{"LC_ALL", "C"}, {"LANGUAGE", ""}, {"PGDATA", run_.data_directory.native()}};
    options.user = std::pair(run_.owner.user, run_.owner.group);
    options.directory = run_.data_directory;
    options.output = output;
    options.death_signal = kFastShutdown;
    return options;
  }

  [[nodiscard]] std::vector<std::string> command() const {
    std::vector<std::string> words = {run_.server.path.native(), "-D", run_.data_directory.native()};
    for (const auto& [name, value] : settings()) {
      words.emplace_back("-c");
      words.push_back(fmt::format("{}={}", name, value));
    }
    return words;
  }

  [[nodiscard]] std::vector<std::pair<const char*, std::string>> settings() const {
    const ControlFile control = read_control_file(run_.data_directory);
    const RecoverySettings& needed = control.settings;
    const auto own = [&](const char* name) { return (run_.private_directory / name).native(); };
    std::vector<std::pair<const char*, std::string>> all = {
        {"listen_addresses", ""},
        // A socket's path must be short; the server runs in its data directory.
        {"unix_socket_directories", run_.private_directory.lexically_relative(run_.data_directory).native()},
        {"hba_file", own("pg_hba.conf")},
        {"ident_file", own("pg_ident.conf")},
        {"external_pid_file", ""},
        {"ssl", "off"},
        {"logging_collector", "off"},
        {"log_destination", "stderr"},
        {"log_min_messages", "warning"},
        {"log_line_prefix", "%m [%p] "},
        {"lc_messages", "C"},
        {"hot_standby", "off"},
        // What would begin to work on the cluster, or outside it, as soon as it is open.
        {"shared_preload_libraries", ""},
        {"max_logical_replication_workers", "0"},
        {"autovacuum", "off"},
        {"huge_pages", "try"},
        {"wal_level", control.wal_level == 2 ? "logical" : "replica"},
        {"max_connections", fmt::to_string(needed.max_connections)},
        {"max_worker_processes", fmt::to_string(needed.max_worker_processes)},
        {"max_wal_senders", fmt::to_string(needed.max_wal_senders)},
        {"max_prepared_transactions", fmt::to_string(needed.max_prepared_transactions)},
        {"max_locks_per_transaction", fmt::to_string(needed.max_locks_per_transaction)}};
    if (!run_.promotes) all.emplace_back("recovery_target_action", "shutdown");
    // Distributions keep it elsewhere; what stands in it is not needed.
    if (!fs::exists(run_.data_directory / "postgresql.conf"))
      all.emplace_back("config_file", own("postgresql.conf"));
    return all;
  }

  void wait_for_end(Process& server, ServerLog& log) {
    bool stopping = false;
    while (true) {
      const auto status = server.ended();
      log.read();
      if (status) {
        if (*status != 0 || (run_.promotes && !stopping))
          fail(log, fmt::format("its server ended with status {}", *status));
        return;
      }
      if (log.fetched()) {
        if (const auto reached = log.fetched()->start(run_.segment_size)) advance_to(*reached);
      }
      if (log.is_ready() && !stopping) {
        server.signal(kFastShutdown);
        stopping = true;
      }
      std::this_thread::sleep_for(kLookInterval);
    }
  }

  void advance_to(Lsn lsn) {
    const std::uint64_t done =
        std::clamp(lsn.value, run_.start.value, run_.last.end.value) - run_.start.value;
    if (done <= reported_) return;
    progress_.advance(done - reported_);
    reported_ = done;
  }

  // By the server's own word.
  void check_end(const ServerLog& log) const {
    if (log.stopped_after() != run_.last.start) {
      fail(log,
           fmt::format("its server stopped {}, not after the record at LSN {}",
                       log.stopped_after() ? "after that at LSN " + shown(*log.stopped_after()) : "nowhere",
                       shown(run_.last.start)));
    }
    const ControlFile control = read_control_file(run_.data_directory);
    const ClusterState expected =
        run_.promotes ? ClusterState::shut_down : ClusterState::shut_down_in_recovery;
    if (control.state != expected) fail(log, "its server did not shut down as it should");
    if (!run_.promotes) return;
    const fs::path history =
        run_.data_directory / "pg_wal" / fmt::format("{:08X}.history", control.timeline.value);
    const auto ancestors =
        parse_history(as_text(read_whole_file(history)), control.timeline, history.native());
    if (ancestors.empty() || ancestors.back().timeline > run_.timeline ||
        ancestors.back().fork != run_.last.end)
      fail(log, fmt::format("its server did not end at LSN {} of timeline {}", shown(run_.last.end),
                            run_.timeline.value));
  }

  [[noreturn]] void fail(const ServerLog& log, const std::string& what) const {
    const std::string said = log.complaints();
    throw Error(
        Errc::io_error,
        fmt::format("the cluster in {} did not recover: {}{}{}", run_.data_directory.native(), what,
                    said.empty() ? "" : "; it said:\n", said),
        fmt::format("all its files are restored: once the cause is gone, start its server by hand, and it "
                    "recovers. All it said is in {}",
                    log_path_.native()));
  }

  const RecoveryRun& run_;
  Progress& progress_;
  fs::path log_path_;
  std::uint64_t reported_ = 0;
};

}  // namespace

void run_recovery(const RecoveryRun& run, Progress& progress) { Recovery(run, progress)(); }

}  // namespace pitr::postgresql
