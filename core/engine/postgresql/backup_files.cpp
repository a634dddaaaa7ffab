#include "engine/postgresql/backup_files.hpp"

#include "base/error.hpp"
#include "base/percent.hpp"
#include "base/utf8.hpp"
#include "engine/postgresql/control_file.hpp"
#include "engine/postgresql/relation_file.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include <boost/filesystem/directory.hpp>
#include <boost/filesystem/operations.hpp>
#include <fmt/format.h>

namespace pitr::postgresql {

namespace {

constexpr std::uint32_t kModeBits = 07777;
constexpr std::string_view kTablespaces = "pg_tblspc";
constexpr std::string_view kLog = "pg_wal";
constexpr std::string_view kLogStatus = "pg_wal/archive_status";

// Directories of the data directory that a server fills anew.
constexpr std::array<std::string_view, 8> kEmptied = {kLog,          "pg_replslot", "pg_dynshmem",
                                                      "pg_notify",   "pg_serial",   "pg_snapshots",
                                                      "pg_stat_tmp", "pg_subtrans"};

// Files of the data directory: of the running server, and of other backups.
constexpr std::array<std::string_view, 8> kLeftOut = {
    "postmaster.pid", "postmaster.opts", "postgresql.auto.conf.tmp", "current_logfiles.tmp",
    "backup_label",   "tablespace_map",  "backup_manifest",          kControlFilePath};

// Wherever they are.
constexpr std::array<std::string_view, 2> kLeftOutPrefixes = {"pgsql_tmp", "pg_internal.init"};

template <std::size_t N>
bool is_one_of(const std::array<std::string_view, N>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

std::string_view last_part(std::string_view path) { return path.substr(path.rfind('/') + 1); }

std::string_view parent_of(std::string_view path) {
  const auto slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view{} : path.substr(0, slash);
}

bool is_in_tablespace(std::string_view path) {
  return path.starts_with(kTablespaces) && path.size() > kTablespaces.size();
}

// A file or directory, whichever way it was reached.
struct Identity {
  dev_t device;
  ino_t inode;
  auto operator<=>(const Identity&) const = default;
};

Identity identity_of(const struct stat& status) { return {status.st_dev, status.st_ino}; }

class Lister {
 public:
  Lister(const fs::path& root, const std::string& catalogue_folder)
      : root_(root), catalogue_folder_(catalogue_folder) {}

  BackupFiles run() {
    const auto status = look_at("");
    if (!status) throw_errno(ENOENT, "open directory", root_.native());
    files_.mode = status->st_mode & kModeBits;
    note_tablespaces();
    list("", *status);
    return std::move(files_);
  }

 private:
  [[nodiscard]] fs::path full(const std::string& path) const { return path.empty() ? root_ : root_ / path; }

  // Of what a link leads to. Nothing when it is not there any more.
  [[nodiscard]] std::optional<struct stat> look_at(const std::string& path) const {
    struct stat status {};
    if (::stat(full(path).c_str(), &status) == 0) return status;
    if (errno == ENOENT) return std::nullopt;
    throw_errno("look at", full(path).native());
  }

  [[nodiscard]] bool is_link(const std::string& path) const {
    struct stat status {};
    return ::lstat(full(path).c_str(), &status) == 0 && S_ISLNK(status.st_mode);
  }

  // Names in a directory, in order; none when it is not there any more.
  [[nodiscard]] std::vector<std::string> names_in(const std::string& directory) const {
    std::vector<std::string> names;
    boost::system::error_code error;
    for (fs::directory_iterator it(full(directory), error), end; !error && it != end; it.increment(error))
      names.push_back(it->path().filename().native());
    if (error && error.value() != ENOENT)
      throw_errno(error.value(), "read directory", full(directory).native());
    std::sort(names.begin(), names.end());
    return names;
  }

  // A location inside the data directory would be met a second time.
  void note_tablespaces() {
    for (const auto& name : names_in(std::string(kTablespaces))) {
      const std::string path = fmt::format("{}/{}/{}", kTablespaces, name, catalogue_folder_);
      if (const auto status = look_at(path)) tablespace_folders_.insert(identity_of(*status));
    }
  }

  void list(const std::string& directory, const struct stat& status) {
    const Identity identity = identity_of(status);
    if (std::find(way_.begin(), way_.end(), identity) != way_.end()) {
      throw Error(Errc::usage, fmt::format("{} leads back to a directory it is in", full(directory).native()),
                  "remove that symbolic link from the data directory, or let it lead elsewhere");
    }
    way_.push_back(identity);
    const auto names = names_in(directory);
    const auto unlogged = unlogged_relations(directory, names);
    for (const auto& name : names) add(directory, name, unlogged);
    way_.pop_back();
  }

  // Databases: base/N, pg_tblspc/OID/FOLDER/N.
  [[nodiscard]] bool is_database(std::string_view directory) const {
    if (!is_number(last_part(directory))) return false;
    const std::string_view parent = parent_of(directory);
    return parent == "base" || (is_in_tablespace(parent) && last_part(parent) == catalogue_folder_);
  }

  // Those that have an init fork: recovery makes them empty from it.
  [[nodiscard]] std::set<std::string> unlogged_relations(const std::string& directory,
                                                         const std::vector<std::string>& names) const {
    std::set<std::string> unlogged;
    if (!is_database(directory)) return unlogged;
    for (const auto& name : names) {
      const auto file = parse_relation_file(name);
      if (file && file->fork == "init") unlogged.emplace(file->relation);
    }
    return unlogged;
  }

  void add(const std::string& directory, const std::string& name, const std::set<std::string>& unlogged) {
    const std::string path = directory.empty() ? name : directory + '/' + name;
    const auto starts_name = [&](std::string_view prefix) { return name.starts_with(prefix); };
    if (is_one_of(kLeftOut, path) ||
        std::any_of(kLeftOutPrefixes.begin(), kLeftOutPrefixes.end(), starts_name))
      return;
    const auto relation = parse_relation_file(name);
    const bool in_database = is_database(directory);
    if (in_database && relation &&
        (relation->is_temporary ||
         (relation->fork != "init" && unlogged.count(std::string(relation->relation)) > 0)))
      return;
    require_utf8(path);
    const auto status = look_at(path);
    if (!status) return remark_dangling(path);
    if (S_ISREG(status->st_mode)) {
      remark_link(path, "file");
      const bool has_pages = relation && (in_database || directory == "global");
      files_.files.push_back({path, static_cast<std::uint64_t>(status->st_size), has_pages});
    } else if (S_ISDIR(status->st_mode)) {
      add_directory(path, *status);
    } else if (!S_ISSOCK(status->st_mode)) {
      files_.remarks.push_back(fmt::format("{} is neither file nor directory and is left out", path));
    }
  }

  void add_directory(const std::string& path, const struct stat& status) {
    if (!is_in_tablespace(path) && tablespace_folders_.count(identity_of(status)) > 0) return;
    files_.directories.push_back({path, status.st_mode & kModeBits});
    if (is_one_of(kEmptied, path)) {
      if (path == kLog) files_.directories.push_back({std::string(kLogStatus), status.st_mode & kModeBits});
      return;
    }
    if (parent_of(path) == kTablespaces && is_link(path)) return add_tablespace(path);
    remark_link(path, "directory");
    list(path, status);
  }

  void add_tablespace(const std::string& path) {
    TablespaceLink link;
    const std::string_view name = last_part(path);
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), link.oid);
    if (error != std::errc() || end != name.data() + name.size()) {
      throw Error(Errc::usage, fmt::format("{} is a link that belongs to no tablespace", full(path).native()),
                  "remove it: PostgreSQL did not make it");
    }
    boost::system::error_code failed;
    link.location = fs::read_symlink(full(path), failed).native();
    if (failed) throw_errno(failed.value(), "read the link", full(path).native());
    require_utf8(link.location);
    files_.tablespaces.push_back(std::move(link));
    const std::string folder = path + '/' + catalogue_folder_;
    if (const auto status = look_at(folder)) add_directory(folder, *status);
  }

  void remark_link(const std::string& path, std::string_view kind) {
    if (is_link(path))
      files_.remarks.push_back(
          fmt::format("{} is a symbolic link: stored as the {} it leads to", path, kind));
  }

  // What is not there may have been removed just now.
  void remark_dangling(const std::string& path) {
    if (is_link(path))
      files_.remarks.push_back(fmt::format("{} is a symbolic link that leads nowhere and is left out", path));
  }

  static void require_utf8(const std::string& path) {
    if (is_utf8(path)) return;
    throw Error(Errc::usage,
                fmt::format("a name in the data directory is not UTF-8: {}", percent_encode(path)),
                "rename the file (each % and two digits above is a byte of its name), or move it elsewhere");
  }

  const fs::path& root_;
  const std::string& catalogue_folder_;
  BackupFiles files_;
  std::set<Identity> tablespace_folders_;
  std::vector<Identity> way_;  // directories from the root to here
};

}  // namespace

std::uint64_t BackupFiles::size() const {
  std::uint64_t bytes = 0;
  for (const auto& file : files) bytes += file.size;
  return bytes;
}

BackupFiles list_backup_files(const fs::path& data_directory, const std::string& catalogue_folder) {
  return Lister(data_directory, catalogue_folder).run();
}

}  // namespace pitr::postgresql
