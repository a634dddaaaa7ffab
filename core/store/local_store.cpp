#include "store/local_store.hpp"

#include "base/atomic_file.hpp"
#include "base/error.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>
#include <vector>

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace pitr {
namespace {

constexpr mode_t kFileMode = 0640;
constexpr mode_t kDirectoryMode = 0750;
constexpr std::size_t kPiece = std::size_t{1024} * 1024;

// Calls visit for each part of "a/b/c", in order.
template <typename Visit>
void for_each_part(std::string_view path, Visit visit) {
  while (!path.empty()) {
    const std::size_t end = path.find('/');
    visit(std::string(path.substr(0, end)));
    path.remove_prefix(end == std::string_view::npos ? path.size() : end + 1);
  }
}

void check_path(std::string_view path) {
  bool good = !path.empty() && path.back() != '/' && path.find('\0') == std::string_view::npos;
  for_each_part(path, [&](const std::string& part) {
    good = good && !part.empty() && part != "." && part != ".." && !is_temporary_name(part);
  });
  if (!good) throw Error(Errc::internal, fmt::format("not a name of an object: \"{}\"", path));
}

std::string directory_of(const std::string& key) {
  const std::size_t slash = key.rfind('/');
  return slash == std::string::npos ? "" : key.substr(0, slash);
}

std::string name_of(const std::string& key) { return key.substr(key.rfind('/') + 1); }

// "" for the root itself, "x/" below.
std::string prefix_of(const std::string& directory) { return directory.empty() ? "" : directory + "/"; }

enum class EntryKind { absent, file, directory, other };

EntryKind kind_of(int directory, const std::string& name, const fs::path& path) {
  struct stat status {};
  if (::fstatat(directory, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno == ENOENT) return EntryKind::absent;
    throw_errno("look at", path.native());
  }
  if (S_ISREG(status.st_mode)) return EntryKind::file;
  return S_ISDIR(status.st_mode) ? EntryKind::directory : EntryKind::other;
}

[[noreturn]] void refuse_kind(const fs::path& path) {
  throw Error(Errc::io_error, fmt::format("{} is neither a file nor a directory", path.native()),
              "a repository holds files and directories only, and symbolic links in it are not followed");
}

// The directory `name` in an open one; nothing when there is no such directory.
std::optional<Fd> open_subdirectory(int parent, const std::string& name, const fs::path& path) {
  const int fd = ::openat(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd >= 0) return Fd(fd);
  if (errno == ENOENT) return std::nullopt;
  if (errno != ENOTDIR && errno != ELOOP) throw_errno("open directory", path.native());
  if (kind_of(parent, name, path) == EntryKind::other) refuse_kind(path);
  return std::nullopt;
}

struct CloseDirectory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};

// Calls visit with the name and the kind of every entry but "." and "..".
template <typename Visit>
void for_each_entry(Fd directory, const fs::path& path, Visit visit) {
  const int fd = ::fcntl(directory.get(), F_DUPFD_CLOEXEC, 0);
  if (fd < 0) throw_errno("list", path.native());
  const std::unique_ptr<DIR, CloseDirectory> entries(::fdopendir(fd));
  if (entries == nullptr) {
    ::close(fd);
    throw_errno("list", path.native());
  }
  while (true) {
    errno = 0;
    const dirent* entry = ::readdir(entries.get());
    if (entry == nullptr) break;
    const std::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    EntryKind kind = EntryKind::other;
    if (entry->d_type == DT_REG) kind = EntryKind::file;
    if (entry->d_type == DT_DIR) kind = EntryKind::directory;
    if (entry->d_type == DT_UNKNOWN) kind = kind_of(fd, std::string(name), path / std::string(name));
    if (kind != EntryKind::absent) visit(name, kind);
  }
  if (errno != 0) throw_errno("list", path.native());
}

// Copies exactly `size` bytes.
void copy(ByteSource& source, std::uint64_t size, AtomicFile& file, const std::string& key) {
  Bytes buffer(static_cast<std::size_t>(std::min<std::uint64_t>(size, kPiece)) + 1);
  std::uint64_t done = 0;
  while (true) {
    const std::size_t got = source.read(buffer);
    if (got == 0) break;
    if (got > size - done)
      throw Error(Errc::internal, fmt::format("{}: more than the {} bytes announced", key, size));
    file.write(ByteView(buffer).first(got));
    done += got;
  }
  if (done != size)
    throw Error(Errc::internal, fmt::format("{}: {} bytes instead of the {} announced", key, done, size));
}

}  // namespace

LocalStore::LocalStore(fs::path root, std::string location)
    : root_(std::move(root)), location_(std::move(location)) {}

Fd LocalStore::open_root() const {
  auto root = open_if_exists(root_, O_RDONLY | O_DIRECTORY);
  if (root) return std::move(*root);
  throw Error(Errc::not_found,
              fmt::format("the repository {} is gone: there is no such directory", location_),
              "check that its file system is mounted");
}

std::optional<Fd> LocalStore::open_directory(const std::string& directory) const {
  std::optional<Fd> at = open_root();
  fs::path path = root_;
  for_each_part(directory, [&](const std::string& part) {
    path /= part;
    if (at) at = open_subdirectory(at->get(), part, path);
  });
  return at;
}

std::optional<Fd> LocalStore::open_object(const std::string& key) const {
  check_path(key);
  const auto directory = open_directory(directory_of(key));
  if (!directory) return std::nullopt;
  const std::string name = name_of(key);
  const fs::path path = root_ / key;
  switch (kind_of(directory->get(), name, path)) {
    case EntryKind::absent:
    case EntryKind::directory:
      return std::nullopt;
    case EntryKind::other:
      refuse_kind(path);
    case EntryKind::file:
      break;
  }
  Fd fd(::openat(directory->get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (fd.is_open()) return fd;
  if (errno == ENOENT) return std::nullopt;
  throw_errno("open", path.native());
}

std::optional<std::uint64_t> LocalStore::size_of(const std::string& key) const {
  check_path(key);
  const auto directory = open_directory(directory_of(key));
  if (!directory) return std::nullopt;
  const fs::path path = root_ / key;
  struct stat status {};
  if (::fstatat(directory->get(), name_of(key).c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno == ENOENT) return std::nullopt;
    throw_errno("look at", path.native());
  }
  if (S_ISDIR(status.st_mode)) return std::nullopt;
  if (!S_ISREG(status.st_mode)) refuse_kind(path);
  return static_cast<std::uint64_t>(status.st_size);
}

std::optional<Bytes> LocalStore::read(const std::string& key, std::uint64_t offset,
                                      std::uint64_t length) const {
  const auto file = open_object(key);
  if (!file) return std::nullopt;
  const fs::path path = root_ / key;
  const auto size = static_cast<std::uint64_t>(stat_of(file->get(), path).st_size);
  Bytes bytes(static_cast<std::size_t>(std::min(length, size - std::min(size, offset))));
  bytes.resize(read_at(file->get(), bytes, offset, path));
  return bytes;
}

// Objects are acknowledged only when every directory above them is durable. One that was there already may
// have been made by a process that died before it synced the parent, so each is made sure of once.
void LocalStore::make_directory(const std::string& directory) {
  const std::lock_guard lock(mutex_);
  if (durable_directories_.count(directory) != 0) return;
  Fd at = open_root();
  fs::path path = root_;
  for_each_part(directory, [&](const std::string& part) {
    const fs::path parent = path;
    path /= part;
    auto next = open_subdirectory(at.get(), part, path);
    if (!next) {
      if (::mkdirat(at.get(), part.c_str(), kDirectoryMode) != 0 && errno != EEXIST) {
        throw_errno("create directory", path.native());
      }
      next = open_subdirectory(at.get(), part, path);
    }
    if (!next) throw_errno(ENOTDIR, "create directory", path.native());
    sync_directory(parent);
    at = std::move(*next);
  });
  durable_directories_.insert(directory);
}

bool LocalStore::create(const std::string& key, ByteSource& source, std::uint64_t size) {
  check_path(key);
  make_directory(directory_of(key));
  const fs::path path = root_ / key;
  AtomicFile file(path, kFileMode);
  copy(source, size, file, key);
  return file.commit_if_absent();
}

void LocalStore::list(const std::string& prefix, const std::function<void(ListedObject)>& visit) const {
  std::string top = prefix;
  if (!top.empty()) {
    if (top.back() != '/')
      throw Error(Errc::internal, fmt::format("not a folder of objects: \"{}\"", prefix));
    top.pop_back();
    check_path(top);
  }
  std::vector<std::string> pending{top};
  while (!pending.empty()) {
    const std::string directory = std::move(pending.back());
    pending.pop_back();
    auto opened = open_directory(directory);
    if (!opened) continue;
    const std::string inside = prefix_of(directory);
    for_each_entry(std::move(*opened), root_ / directory, [&](std::string_view name, EntryKind kind) {
      if (is_temporary_name(name)) return;
      std::string key = inside;
      key += name;
      if (kind == EntryKind::directory) {
        pending.push_back(std::move(key));
      } else {
        visit({std::move(key), std::nullopt});
      }
    });
  }
}

void LocalStore::sweep() {
  std::vector<std::string> pending{""};
  while (!pending.empty()) {
    const std::string directory = std::move(pending.back());
    pending.pop_back();
    try {
      auto opened = open_directory(directory);
      if (!opened) continue;
      bool has_temporaries = false;
      const std::string inside = prefix_of(directory);
      for_each_entry(std::move(*opened), root_ / directory, [&](std::string_view name, EntryKind kind) {
        has_temporaries = has_temporaries || is_temporary_name(name);
        if (kind == EntryKind::directory) pending.push_back(inside + std::string(name));
      });
      if (has_temporaries) sweep_temporaries(root_ / directory);
    } catch (const Error&) {
      // What cannot be looked through keeps what is in it; the next writer tries again.
    }
  }
}

}  // namespace pitr
