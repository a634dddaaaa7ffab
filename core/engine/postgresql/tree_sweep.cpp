#include "engine/postgresql/tree_sweep.hpp"

#include "base/error.hpp"
#include "engine/postgresql/control_file.hpp"
#include "engine/postgresql/server_files.hpp"

#include <array>
#include <climits>
#include <memory>
#include <utility>

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace pitr::postgresql {

namespace {

constexpr mode_t kOwnFile = 0600;

struct CloseDirectory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};

std::vector<std::string> entries_of(int directory, const fs::path& shown) {
  const int fd = ::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) throw_errno("list", shown.native());
  const std::unique_ptr<DIR, CloseDirectory> entries(::fdopendir(fd));
  if (entries == nullptr) {
    ::close(fd);
    throw_errno("list", shown.native());
  }
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* entry = ::readdir(entries.get())) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
    errno = 0;
  }
  if (errno != 0) throw_errno("list", shown.native());
  return names;
}

std::string link_target(int directory, const char* name) {
  std::array<char, PATH_MAX> buffer{};
  const ssize_t size = ::readlinkat(directory, name, buffer.data(), buffer.size());
  return size < 0 ? std::string() : std::string(buffer.data(), static_cast<std::size_t>(size));
}

bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

const char* kind_of(mode_t mode) {
  if (S_ISLNK(mode)) return "a symbolic link";
  if (S_ISDIR(mode)) return "a directory";
  return S_ISREG(mode) ? "" : "a special file";
}

}  // namespace

TreeSweep::TreeSweep(const ClusterTree& tree, std::map<std::string, std::string> link_targets,
                     std::string passed)
    : is_tablespace_(tree.tablespace.has_value()),
      links_(std::move(link_targets)),
      passed_(std::move(passed)) {
  for (const ClusterDirectory& directory : tree.directories) known_[directory.path] = true;
  for (const TreeFile& file : tree.files) known_[file.path] = false;
}

// One way through a tree.
struct TreeSweep::Walk {
  const TreeSweep& sweep;
  const Foreign& foreign;
  const fs::path& root;
  bool removes;

  void directory(int fd, const std::string& prefix) const {
    for (const std::string& name : entries_of(fd, root / prefix)) entry(fd, prefix + name, name.c_str());
  }

  void entry(int parent, const std::string& path, const char* name) const {
    struct stat status {};
    if (::fstatat(parent, name, &status, AT_SYMLINK_NOFOLLOW) != 0)
      throw_errno("look at", (root / path).native());
    const Place place = sweep.place_of(parent, path, name, status);
    const bool is_directory = S_ISDIR(status.st_mode);
    if (place == Place::kept && removes && S_ISREG(status.st_mode)) make_writable(parent, path, name, status);
    if (place == Place::kept || place == Place::passed) return;
    if (place == Place::foreign) foreign(path, kind_of(status.st_mode));
    // In a foreign directory all is foreign; only its own name is told.
    if (is_directory && (place != Place::foreign || removes)) enter(parent, path, name, place);
    if (removes && place != Place::entered) remove_entry(parent, path, name, is_directory);
  }

  void enter(int parent, const std::string& path, const char* name, Place place) const {
    const int fd = ::openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) throw_errno("list", (root / path).native());
    const Fd opened(fd);
    if (place != Place::foreign) return directory(fd, path + "/");
    const Foreign told = [](const std::string&, const char*) {};
    Walk{sweep, told, root, removes}.directory(fd, path + "/");
  }

  // Until its mode is set at the end; some keys may only be read.
  void make_writable(int parent, const std::string& path, const char* name, const struct stat& status) const {
    if ((status.st_mode & kOwnFile) == kOwnFile) return;
    const Fd fd(::openat(parent, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
    if (!fd.is_open() || ::fchmod(fd.get(), (status.st_mode & 07777U) | kOwnFile) != 0)
      throw_errno("make writable", (root / path).native());
  }

  void remove_entry(int parent, const std::string& path, const char* name, bool is_directory) const {
    if (::unlinkat(parent, name, is_directory ? AT_REMOVEDIR : 0) != 0)
      throw_errno("remove", (root / path).native());
  }
};

void TreeSweep::list(const fs::path& root, const Foreign& foreign) const {
  Walk{*this, foreign, root, false}.directory(open_file(root, O_RDONLY | O_DIRECTORY).get(), "");
}

void TreeSweep::remove(const fs::path& root, const Foreign& foreign) const {
  Walk{*this, foreign, root, true}.directory(open_file(root, O_RDONLY | O_DIRECTORY).get(), "");
}

TreeSweep::Place TreeSweep::place_of(int directory, const std::string& path, const char* name,
                                     const struct stat& status) const {
  if (const auto link = links_.find(path); link != links_.end() && S_ISLNK(status.st_mode))
    return link_target(directory, name) == link->second ? Place::kept : Place::stale;
  const auto known = known_.find(path);
  if (known == known_.end()) return place_of_unknown(path, status);
  if (known->second) return S_ISDIR(status.st_mode) ? Place::entered : Place::foreign;
  if (!S_ISREG(status.st_mode)) return Place::foreign;
  return status.st_nlink == 1 ? Place::kept : Place::stale;
}

TreeSweep::Place TreeSweep::place_of_unknown(const std::string& path, const struct stat& status) const {
  const bool is_plain = S_ISREG(status.st_mode) || S_ISDIR(status.st_mode);
  if (is_tablespace_) {
    // Servers of other versions have directories of their own beside ours.
    if (path.find('/') == std::string::npos) return Place::passed;
    return is_plain && is_server_made_in_tablespace(path) ? Place::stale : Place::foreign;
  }
  if (path == passed_) return Place::passed;
  // A tablespace that the snapshot does not have: its directory is left alone.
  const auto links = fmt::format("{}/", kTablespaceLinks);
  if (S_ISLNK(status.st_mode) && path.starts_with(links) && is_number(path.substr(links.size())))
    return Place::stale;
  return is_plain && is_server_made(path) ? Place::stale : Place::foreign;
}

}  // namespace pitr::postgresql
