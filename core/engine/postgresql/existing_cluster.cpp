#include "engine/postgresql/existing_cluster.hpp"

#include "base/atomic_file.hpp"
#include "base/error.hpp"
#include "engine/postgresql/control_file.hpp"
#include "engine/postgresql/tree_sweep.hpp"

#include <charconv>
#include <optional>

#include <boost/filesystem/operations.hpp>
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>

namespace pitr::postgresql {

namespace {

constexpr const char* kPidFile = "postmaster.pid";
// In the staging directory: that a cluster is being changed, and what it had for a control file before.
constexpr const char* kMark = "delta";
constexpr const char* kControlFileBefore = "pg_control.before";

std::vector<fs::path> entries_of(const fs::path& directory) {
  std::vector<fs::path> entries;
  boost::system::error_code error;
  for (fs::directory_iterator i(directory, error), end; !error && i != end; i.increment(error))
    entries.push_back(i->path());
  if (error && error != boost::system::errc::no_such_file_or_directory)
    throw_errno(error.value(), "look into", directory.native());
  return entries;
}

// Where a symbolic link leads; nothing for anything else.
std::optional<fs::path> link_target(const fs::path& path) {
  boost::system::error_code error;
  fs::path target = fs::read_symlink(path, error);
  return error ? std::nullopt : std::optional(std::move(target));
}

// A server's own process, which runs in its data directory. A pid file may outlive it, and another program
// get the number.
bool is_server_of(pid_t pid, const fs::path& data_directory) {
  if (pid <= 0 || (::kill(pid, 0) != 0 && errno == ESRCH)) return false;
  boost::system::error_code error;
  const fs::path runs_in = fs::canonical(fmt::format("/proc/{}/cwd", pid), error);
  return error || runs_in == fs::canonical(data_directory);
}

std::optional<ControlFile> read_control_file(const fs::path& path) {
  try {
    if (fs::exists(path)) return parse_control_file(read_whole_file(path), path.native());
  } catch (const Error& error) {
    if (error.code() == Errc::io_error) throw;
  }
  return std::nullopt;
}

std::vector<TreeSweep> sweeps(const ClusterFiles& files, const std::vector<fs::path>& roots,
                              const fs::path& staging) {
  std::map<std::string, std::string> links;
  for (std::size_t i = 1; i < roots.size(); ++i)
    links[fmt::format("{}/{}", kTablespaceLinks, files.trees[i].tablespace->oid)] = roots[i].native();
  std::vector<TreeSweep> all;
  for (const ClusterTree& tree : files.trees)
    all.emplace_back(tree, tree.tablespace ? std::map<std::string, std::string>() : links,
                     staging.filename().native());
  return all;
}

std::string shown(const fs::path& path, const char* kind) {
  return *kind == '\0' ? path.native() : fmt::format("{} ({})", path.native(), kind);
}

}  // namespace

ExistingCluster::ExistingCluster(const SnapshotData& data, const ClusterFiles& files,
                                 const std::vector<fs::path>& roots, const fs::path& staging)
    : data_(data), files_(files), roots_(roots), staging_(staging) {}

void ExistingCluster::check(bool force) const {
  const fs::path& root = roots_.front();
  if (!fs::exists(root / kVersionFile) && !fs::exists(staging_ / kMark)) {
    throw Error(Errc::conflict,
                fmt::format("{} holds something, and no cluster of PostgreSQL", root.native()),
                "restore into an empty directory, or the right one");
  }
  check_server();
  if (!force) check_identity();
  check_tablespaces();
}

void ExistingCluster::check_server() const {
  const fs::path path = roots_.front() / kPidFile;
  if (!fs::exists(path)) return;
  const Bytes bytes = read_whole_file(path);
  const std::string_view text = as_text(bytes);
  pid_t pid = 0;
  std::from_chars(text.data(), text.data() + text.size(), pid);
  if (!is_server_of(pid, roots_.front())) return;
  throw Error(Errc::conflict,
              fmt::format("a server is running in {}, as process {}", roots_.front().native(), pid),
              "stop it first");
}

void ExistingCluster::check_identity() const {
  auto control = read_control_file(roots_.front() / kControlFilePath);
  if (!control) control = read_control_file(staging_ / kControlFileBefore);
  if (!control || control->system_identifier == data_.system_identifier) return;
  throw Error(Errc::conflict,
              fmt::format("{} holds another cluster: its system identifier is {}, and the snapshot's is {}",
                          roots_.front().native(), control->system_identifier, data_.system_identifier),
              "restore into the right directory, or overwrite this one with --force");
}

// A directory that this cluster does not use may be in use by another one.
void ExistingCluster::check_tablespaces() const {
  for (std::size_t i = 1; i < roots_.size(); ++i) {
    if (entries_of(roots_[i]).empty()) continue;
    const Tablespace& tablespace = *files_.trees[i].tablespace;
    const auto link = link_target(roots_.front() / kTablespaceLinks / fmt::to_string(tablespace.oid));
    boost::system::error_code error;
    if (link && fs::equivalent(*link, roots_[i], error)) continue;
    throw Error(Errc::conflict,
                fmt::format("{} is not empty, and is not the directory of tablespace {} in {}",
                            roots_[i].native(), tablespace.name, roots_.front().native()),
                "give the tablespace an empty directory: --tablespace NAME=DIR");
  }
}

std::vector<std::string> ExistingCluster::foreign() const {
  std::vector<std::string> found;
  const auto all = sweeps(files_, roots_, staging_);
  for (std::size_t i = 0; i < roots_.size(); ++i) {
    if (!fs::exists(roots_[i])) continue;
    all[i].list(roots_[i], [&](const std::string& path, const char* kind) {
      found.push_back(shown(roots_[i] / path, kind));
    });
  }
  return found;
}

void ExistingCluster::begin(bool force) const {
  check(force);
  AtomicFile mark(staging_ / kMark, 0600);
  mark.commit_replacing();
  take_control_file_away();
  clear_staging();
  const auto all = sweeps(files_, roots_, staging_);
  for (std::size_t i = 0; i < roots_.size(); ++i) {
    all[i].remove(roots_[i], [&](const std::string& path, const char* kind) {
      if (force) return;
      throw Error(Errc::conflict,
                  fmt::format("{} is none of the database's own", shown(roots_[i] / path, kind)),
                  "move it elsewhere, or let it be removed with --force");
    });
  }
}

// What other attempts left, of either kind of restore.
void ExistingCluster::clear_staging() const {
  for (const fs::path& entry : entries_of(staging_)) {
    if (entry.filename() != kMark && entry.filename() != kControlFileBefore) remove_tree(entry);
  }
}

void ExistingCluster::take_control_file_away() const {
  const fs::path control = roots_.front() / kControlFilePath;
  if (::rename(control.c_str(), (staging_ / kControlFileBefore).c_str()) != 0) {
    if (errno == ENOENT) return;
    throw_errno("move", control.native());
  }
  sync_directory(control.parent_path());
  sync_directory(staging_);
}

void ExistingCluster::finish(const fs::path& control_file) const {
  move_into_place(control_file, roots_.front() / kControlFilePath);
  remove_file(staging_ / kControlFileBefore);
  remove_file(staging_ / kMark);
}

}  // namespace pitr::postgresql
