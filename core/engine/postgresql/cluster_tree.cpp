#include "engine/postgresql/cluster_tree.hpp"

#include "base/error.hpp"
#include "engine/postgresql/control_file.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace pitr::postgresql {

namespace {

// A server that misses one of these does not start, or fails later. Same in versions 13 to 18.
constexpr std::array<const char*, 21> kNeededDirectories = {"base",
                                                            "global",
                                                            "pg_commit_ts",
                                                            "pg_dynshmem",
                                                            "pg_logical",
                                                            "pg_multixact",
                                                            "pg_notify",
                                                            "pg_replslot",
                                                            "pg_serial",
                                                            "pg_snapshots",
                                                            "pg_stat",
                                                            "pg_stat_tmp",
                                                            "pg_subtrans",
                                                            kTablespaceLinks,
                                                            "pg_twophase",
                                                            "pg_wal",
                                                            "pg_xact",
                                                            "pg_logical/mappings",
                                                            "pg_logical/snapshots",
                                                            "pg_wal/archive_status",
                                                            "pg_multixact/members"};

// They speak of the server the snapshot was taken from, or are written anew.
constexpr std::array<std::string_view, 6> kLeftOut = {kRecoverySignal,  kStandbySignal,    kTablespaceMap,
                                                      "postmaster.pid", "postmaster.opts", "backup_manifest"};

class Sorting {
 public:
  Sorting(const SnapshotData& data, std::string what) : data_(data), what_(std::move(what)) {
    files_.trees.resize(1 + data.tablespaces.size());
    directories_.resize(files_.trees.size());
    for (std::size_t i = 0; i < data.tablespaces.size(); ++i) {
      files_.trees[i + 1].tablespace = data.tablespaces[i];
      roots_[fmt::format("{}/{}", kTablespaceLinks, data.tablespaces[i].oid)] = i + 1;
    }
    for (const char* path : kNeededDirectories) add_directory(0, path, data.mode);
    for (const ClusterDirectory& directory : data.directories) {
      const auto [tree, path] = place_of(directory.path);
      if (!path.empty()) add_directory(tree, path, directory.mode);
    }
  }

  ClusterFiles sorted(const FileTable& table) {
    for (const SnapshotFile& file : table.files) add_file(file);
    check_complete();
    for (std::size_t i = 0; i < directories_.size(); ++i) {
      for (const auto& [path, mode] : directories_[i]) files_.trees[i].directories.push_back({path, mode});
    }
    return std::move(files_);
  }

 private:
  // A tree, and the path in it.
  [[nodiscard]] std::pair<std::size_t, std::string> place_of(const std::string& path) const {
    const auto second_slash = path.find('/', path.find('/') + 1);
    const auto root = roots_.find(path.substr(0, second_slash));
    if (root == roots_.end()) return {0, path};
    return {root->second, second_slash == std::string::npos ? "" : path.substr(second_slash + 1)};
  }

  void add_directory(std::size_t tree, const std::string& path, std::uint32_t mode) {
    add_parents(tree, path);
    directories_[tree][path] = mode;
  }

  void add_parents(std::size_t tree, const std::string& path) {
    for (auto slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1))
      directories_[tree].emplace(path.substr(0, slash), data_.mode);
  }

  void add_file(const SnapshotFile& file) {
    if (file.path == kControlFilePath) {
      files_.control_file = &file;
    } else if (file.path == kAutoConf) {
      files_.auto_conf = &file;
    } else if (std::find(kLeftOut.begin(), kLeftOut.end(), file.path) == kLeftOut.end()) {
      auto [tree, path] = place_of(file.path);
      if (path.empty()) fail(fmt::format("{} is a file, and should be a tablespace", file.path));
      add_parents(tree, path);
      files_.trees[tree].files.push_back({std::move(path), &file});
    }
  }

  void check_complete() const {
    if (files_.control_file == nullptr) fail(fmt::format("{} is missing", kControlFilePath));
    if (files_.control_file->size != kControlFileSize)
      fail(fmt::format("{} has {} bytes", kControlFilePath, files_.control_file->size));
    // Without the label a server would begin to recover at the wrong place, and not notice.
    for (const std::string_view needed : {kBackupLabel, kVersionFile}) {
      const auto& files = files_.trees.front().files;
      const bool there = std::any_of(files.begin(), files.end(), [&](const TreeFile& file) {
        return file.path == needed && file.file->size > 0;
      });
      if (!there) fail(fmt::format("{} is missing", needed));
    }
    for (std::size_t i = 0; i < files_.trees.size(); ++i) {
      for (const TreeFile& file : files_.trees[i].files) {
        if (directories_[i].count(file.path) > 0)
          fail(fmt::format("{} is a file and a directory", file.path));
      }
    }
  }

  [[noreturn]] void fail(const std::string& problem) const {
    throw Error(Errc::corrupt, fmt::format("{} cannot be restored: {}", what_, problem),
                "another snapshot may do: pitrctl list snapshots");
  }

  const SnapshotData& data_;
  std::string what_;
  ClusterFiles files_;
  std::map<std::string, std::size_t> roots_;  // "pg_tblspc/OID", and the tree below it
  std::vector<std::map<std::string, std::uint32_t>> directories_;
};

}  // namespace

std::uint64_t ClusterTree::size() const {
  std::uint64_t bytes = 0;
  for (const TreeFile& file : files) bytes += file.file->size;
  return bytes;
}

ClusterFiles cluster_files(const SnapshotData& data, const FileTable& table, const std::string& what) {
  return Sorting(data, what).sorted(table);
}

}  // namespace pitr::postgresql
