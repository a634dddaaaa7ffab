#include "engine/postgresql/replay.hpp"

#include "base/atomic_file.hpp"
#include "base/beneath.hpp"
#include "base/error.hpp"
#include "base/owned_files.hpp"
#include "engine/postgresql/cluster_tree.hpp"
#include "engine/postgresql/control_file.hpp"
#include "engine/postgresql/existing_cluster.hpp"
#include "engine/postgresql/last_record.hpp"
#include "engine/postgresql/recovery_server.hpp"
#include "engine/postgresql/recovery_settings.hpp"
#include "engine/postgresql/server_programs.hpp"
#include "engine/postgresql/tablespaces.hpp"
#include "engine/postgresql/tree_writer.hpp"
#include "engine/publication.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include <boost/filesystem/operations.hpp>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace pitr::postgresql {

namespace {

using Clock = std::chrono::steady_clock;

// The largest there is has some thousand lines.
constexpr std::uint64_t kMaxAutoConf = 16U << 20U;
constexpr mode_t kGroupRead = 0040;

Duration elapsed_since(Clock::time_point start) {
  return std::chrono::duration_cast<Duration>(Clock::now() - start);
}

std::string snapshot_name(const ChainContents& contents) {
  return fmt::format("snapshot {}", contents.snapshot().id);
}

std::string read_small_file(const ChainContents& contents, const SnapshotFile& file) {
  if (file.size > kMaxAutoConf)
    throw Error(Errc::corrupt,
                fmt::format("{}: {} has {} bytes", snapshot_name(contents), file.path, file.size));
  std::string text;
  for (const Chunk& chunk : file.chunks)
    text += chunk.pack ? std::string(as_text(contents.read_chunk(chunk))) : std::string(chunk.size, '\0');
  return text;
}

class Replay {
 public:
  explicit Replay(const ReplayRequest& request)
      : request_(request),
        contents_(request.contents),
        data_(snapshot_data(contents_.snapshot())),
        files_(cluster_files(data_, contents_.files(), snapshot_name(contents_))),
        last_(last_record(contents_, request.stop)),
        owner_(owner_of(request.target_directory)),
        places_(places()),
        targets_(targets_of(places_)),
        existing_(data_, files_, targets_, request.staging_directory) {}

  ReplayResult run() {
    if (in_place()) begin_in_place();
    write_snapshot();
    write_own_files();
    set_target_modes();
    if (in_place()) {
      existing_.finish(keystone());
    } else {
      publish(places_, keystone(), request_.target_directory / kControlFilePath);
    }
    if (request_.recovery.replays) recover();
    request_.progress.end();
    result_.next_step = next_step();
    return std::move(result_);
  }

 private:
  [[nodiscard]] std::vector<RestorePlace> places() const {
    std::vector<RestorePlace> all = {{request_.target_directory, request_.staging_directory}};
    all.insert(all.end(), request_.others.begin(), request_.others.end());
    if (all.size() != files_.trees.size())
      throw Error(Errc::internal, "a restore was not given a directory for each tablespace");
    return all;
  }

  static std::vector<fs::path> targets_of(const std::vector<RestorePlace>& places) {
    std::vector<fs::path> targets;
    targets.reserve(places.size());
    for (const RestorePlace& place : places) targets.push_back(place.target);
    return targets;
  }

  [[nodiscard]] bool in_place() const { return request_.recovery.delta; }
  // Where a tree is written.
  [[nodiscard]] const fs::path& root(std::size_t tree) const {
    return in_place() ? places_[tree].target : places_[tree].staging;
  }
  [[nodiscard]] const fs::path& data_root() const { return root(0); }
  [[nodiscard]] fs::path keystone() const {
    return request_.staging_directory / ("pg_control." + request_.mark.restore_id);
  }

  void begin_in_place() const {
    const OwnedFiles owned(owner_.user, owner_.group);
    for (const fs::path& target : targets_) create_directories_durably(target, 0700);
    existing_.begin(request_.recovery.force);
  }

  void write_snapshot() {
    const auto start = Clock::now();
    std::vector<TreePlace> trees;
    for (std::size_t i = 0; i < places_.size(); ++i) trees.push_back({&files_.trees[i], root(i)});
    TreeWriter writer(contents_, std::move(trees), {owner_, in_place(), request_.jobs}, request_.progress);
    writer.make_directories();
    link_tablespaces();
    writer.write_files();
    result_.snapshot_time = elapsed_since(start);
    const auto sync_start = Clock::now();
    writer.finish();
    result_.sync_time = elapsed_since(sync_start);
    result_.snapshot_bytes = writer.read_bytes();
    result_.written_bytes = writer.written_bytes();
    result_.compared_bytes = writer.compared_bytes();
    for (const ClusterTree& tree : files_.trees) result_.size += tree.size();
  }

  void write_own_files() const {
    const OwnedFiles owned(owner_.user, owner_.group);
    write(kAutoConf, recovery_conf(conf_before(), request_.recovery, last_, request_.timeline));
    write(kRecoverySignal, "");
    if (!data_.tablespaces.empty())
      write(kTablespaceMap, tablespace_map(data_, {targets_.begin() + 1, targets_.end()}));
    sync_directory(data_root());
    const Fd fd = open_file(keystone(), O_WRONLY | O_CREAT | O_EXCL, file_mode());
    write_all(fd.get(), as_bytes(read_small_file(contents_, *files_.control_file)), keystone());
    sync_file(fd.get(), keystone());
  }

  void link_tablespaces() const {
    const OwnedFiles owned(owner_.user, owner_.group);
    const fs::path links = data_root() / kTablespaceLinks;
    for (std::size_t i = 0; i < data_.tablespaces.size(); ++i) {
      const fs::path link = links / fmt::to_string(data_.tablespaces[i].oid);
      // In place, those that are there lead where they should.
      if (::symlink(targets_[i + 1].c_str(), link.c_str()) != 0 && !(in_place() && errno == EEXIST))
        throw_errno("create", link.native());
    }
    sync_directory(links);
  }

  [[nodiscard]] std::string conf_before() const {
    return files_.auto_conf == nullptr ? std::string() : read_small_file(contents_, *files_.auto_conf);
  }

  [[nodiscard]] mode_t file_mode() const { return (data_.mode & kGroupRead) != 0 ? 0640 : 0600; }

  void write(const char* name, std::string_view text) const {
    const fs::path path = data_root() / name;
    const Fd fd = open_beneath(data_root(), name, O_WRONLY | O_CREAT | O_TRUNC, file_mode());
    write_all(fd.get(), as_bytes(text), path);
    if (::fchmod(fd.get(), file_mode()) != 0) throw_errno("set the mode of", path.native());
    sync_file(fd.get(), path);
  }

  void set_target_modes() const {
    for (const fs::path& target : targets_) {
      if (::chmod(target.c_str(), static_cast<mode_t>(data_.mode)) != 0)
        throw_errno("set the mode of", target.native());
    }
  }

  // What an operator does with the result.
  [[nodiscard]] std::string next_step() const {
    const fs::path& target = request_.target_directory;
    const std::string start =
        fs::exists(target / "postgresql.conf")
            ? fmt::format("start the server: pg_ctl -D {} start", target.native())
            : fmt::format("start the server in {} with its configuration, which was kept elsewhere",
                          target.native());
    if (request_.recovery.replays) {
      return request_.recovery.action == RecoveryOptions::Action::promote
                 ? start
                 : start + "; it is in recovery still, at the target";
    }
    return start + "; it fetches the log and recovers to the target by itself";
  }

  void recover() {
    const auto start = Clock::now();
    const bool promotes = request_.recovery.action == RecoveryOptions::Action::promote;
    const fs::path private_directory = request_.staging_directory / "server";
    {
      const OwnedFiles owned(owner_.user, owner_.group);
      create_directories_durably(private_directory, 0700);
    }
    run_recovery(
        {server_for(data_.version, request_.recovery.binaries), request_.target_directory, private_directory,
         owner_, contents_.snapshot().start_lsn, last_, request_.timeline, data_.segment_size, promotes},
        request_.progress);
    remove_tree(private_directory);
    if (promotes) settle();
    result_.log_bytes = last_.end.value - contents_.snapshot().start_lsn.value;
    result_.log_time = elapsed_since(start);
  }

  // The settings of a recovery that is over would govern the next one.
  void settle() const {
    const OwnedFiles owned(owner_.user, owner_.group);
    AtomicFile file(request_.target_directory / kAutoConf, file_mode());
    file.write(as_bytes(recovered_conf(conf_before(), request_.recovery)));
    file.commit_replacing();
  }

  const ReplayRequest& request_;
  const ChainContents& contents_;
  SnapshotData data_;
  ClusterFiles files_;
  RecordPlace last_;
  FileOwner owner_;
  std::vector<RestorePlace> places_;  // in the order of the trees
  std::vector<fs::path> targets_;
  ExistingCluster existing_;
  ReplayResult result_;
};

}  // namespace

ReplayResult replay(const ReplayRequest& request) { return Replay(request).run(); }

std::uint64_t space_needed(const ChainContents& contents) {
  const SnapshotData data = snapshot_data(contents.snapshot());
  const ClusterFiles files = cluster_files(data, contents.files(), snapshot_name(contents));
  return files.trees.front().size() + kControlFileSize;
}

std::vector<OtherDirectory> other_directories(const ChainContents& contents, const RecoveryOptions& options,
                                              const fs::path& target) {
  const SnapshotData data = snapshot_data(contents.snapshot());
  const ClusterFiles files = cluster_files(data, contents.files(), snapshot_name(contents));
  const auto locations = tablespace_locations(data, options, target);
  std::vector<OtherDirectory> others;
  for (std::size_t i = 0; i < locations.size(); ++i) {
    others.push_back(
        {fmt::format("tablespace {}", data.tablespaces[i].name), locations[i], files.trees[i + 1].size()});
  }
  return others;
}

std::vector<std::string> foreign_entries(const ChainContents& contents, const RecoveryOptions& options,
                                         const RestorePlace& place) {
  const SnapshotData data = snapshot_data(contents.snapshot());
  const ClusterFiles files = cluster_files(data, contents.files(), snapshot_name(contents));
  std::vector<fs::path> roots = tablespace_locations(data, options, place.target);
  roots.insert(roots.begin(), place.target);
  const ExistingCluster existing(data, files, roots, place.staging);
  existing.check(options.force);
  return existing.foreign();
}

}  // namespace pitr::postgresql
