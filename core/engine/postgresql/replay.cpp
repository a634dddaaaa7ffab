#include "engine/postgresql/replay.hpp"

#include "base/atomic_file.hpp"
#include "base/beneath.hpp"
#include "base/error.hpp"
#include "base/owned_files.hpp"
#include "engine/postgresql/cluster_tree.hpp"
#include "engine/postgresql/control_file.hpp"
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

void remove_directory(const fs::path& directory) {
  boost::system::error_code error;
  fs::remove_all(directory, error);
  if (error) throw_errno(error.value(), "remove", directory.native());
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
        places_(places()) {}

  ReplayResult run() {
    write_snapshot();
    write_own_files();
    publish_all();
    if (request_.recovery.replays) recover();
    request_.progress.end();
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

  [[nodiscard]] const fs::path& data_root() const { return places_.front().staging; }
  [[nodiscard]] fs::path keystone() const {
    return request_.staging_directory / ("pg_control." + request_.mark.restore_id);
  }

  void write_snapshot() {
    const auto start = Clock::now();
    std::vector<TreePlace> trees;
    for (std::size_t i = 0; i < places_.size(); ++i) trees.push_back({&files_.trees[i], places_[i].staging});
    TreeWriter writer(contents_, std::move(trees), {owner_, false, request_.jobs}, request_.progress);
    writer.make_directories();
    writer.write_files();
    result_.snapshot_time = elapsed_since(start);
    const auto sync_start = Clock::now();
    writer.finish();
    result_.sync_time = elapsed_since(sync_start);
    result_.snapshot_bytes = writer.read_bytes();
    result_.written_bytes = writer.written_bytes();
    for (const ClusterTree& tree : files_.trees) result_.size += tree.size();
  }

  void write_own_files() const {
    const OwnedFiles owned(owner_.user, owner_.group);
    write(kAutoConf, recovery_conf(conf_before(), request_.recovery, last_, request_.timeline));
    write(kRecoverySignal, "");
    if (!data_.tablespaces.empty()) link_tablespaces();
    sync_directory(data_root());
    const Fd fd = open_file(keystone(), O_WRONLY | O_CREAT | O_EXCL, file_mode());
    write_all(fd.get(), as_bytes(read_small_file(contents_, *files_.control_file)), keystone());
    sync_file(fd.get(), keystone());
  }

  void link_tablespaces() const {
    std::vector<fs::path> locations;
    for (std::size_t i = 0; i < data_.tablespaces.size(); ++i) {
      locations.push_back(places_[i + 1].target);
      const fs::path link = data_root() / kTablespaceLinks / fmt::to_string(data_.tablespaces[i].oid);
      if (::symlink(locations.back().c_str(), link.c_str()) != 0) throw_errno("create", link.native());
    }
    sync_directory(data_root() / kTablespaceLinks);
    write(kTablespaceMap, tablespace_map(data_, locations));
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

  void publish_all() {
    for (const RestorePlace& place : places_) {
      if (::chmod(place.target.c_str(), static_cast<mode_t>(data_.mode)) != 0)
        throw_errno("set the mode of", place.target.native());
    }
    publish(places_, keystone(), request_.target_directory / kControlFilePath);
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
    remove_directory(private_directory);
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

}  // namespace pitr::postgresql
