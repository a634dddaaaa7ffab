#include "base/atomic_file.hpp"

#include "base/error.hpp"
#include "base/random.hpp"

#include <algorithm>
#include <cerrno>
#include <memory>
#include <string>
#include <utility>

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace pitr {
namespace {

constexpr std::string_view kPrefix = ".pitrctl-";
constexpr std::string_view kSuffix = ".tmp";
constexpr std::size_t kRandomBytes = 8;
constexpr std::size_t kBufferSize = std::size_t{256} * 1024;

std::string new_temporary_name() { return fmt::format("{}{}{}", kPrefix, random_hex(kRandomBytes), kSuffix); }

fs::path directory_of(const fs::path& path) {
  const fs::path parent = path.parent_path();
  return parent.empty() ? fs::path(".") : parent;
}

// Where a nameless file can be linked from.
std::string descriptor_path(int fd) { return fmt::format("/proc/self/fd/{}", fd); }

// A file without a name; not open where this file system or this machine has none.
Fd open_nameless(const fs::path& directory, mode_t mode) {
  Fd fd(::open(directory.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, mode));
  // Without /proc it could not be given a name later.
  if (fd.is_open() && ::access(descriptor_path(fd.get()).c_str(), F_OK) != 0) return {};
  if (!fd.is_open() && errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL && errno != ENOSYS) {
    throw_errno("create a file in", directory.native());
  }
  return fd;
}

int lock(int fd, int operation) {
  int result = 0;
  do {
    result = ::flock(fd, operation);
  } while (result != 0 && errno == EINTR);
  return result;
}

bool has_no_locks(int error) {
  return error == EOPNOTSUPP || error == ENOSYS || error == ENOLCK || error == EINVAL;
}

bool means_no_hard_links(int error) {
  return error == EPERM || error == EOPNOTSUPP || error == ENOSYS || error == EMLINK;
}

struct CloseDirectory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};

void remove_if_abandoned(int directory, const char* name) {
  const Fd fd(::openat(directory, name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!fd.is_open()) return;
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode)) return;
  // A file whose writer has not come to lock it yet may go, too: the writer notices and begins again.
  if (lock(fd.get(), LOCK_EX | LOCK_NB) == 0) ::unlinkat(directory, name, 0);
}

}  // namespace

AtomicFile::AtomicFile(fs::path path, mode_t mode, Until until)
    : path_(std::move(path)), directory_(directory_of(path_)) {
  if (until == Until::committed_nameless) fd_ = open_nameless(directory_, mode);
  if (!fd_.is_open()) open_temporary(mode);
  buffer_.reserve(kBufferSize);
}

AtomicFile::~AtomicFile() { remove_temporary(); }

void AtomicFile::open_temporary(mode_t mode) {
  while (true) {
    temporary_ = directory_ / new_temporary_name();
    fd_ = Fd(::open(temporary_.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, mode));
    if (!fd_.is_open()) {
      if (errno == EEXIST || errno == EINTR) continue;
      throw_errno("create a file in", std::exchange(temporary_, {}).parent_path().native());
    }
    // Where there are no locks, sweepers cannot get one either, and leave the file alone.
    if (lock(fd_.get(), LOCK_EX) != 0 && !has_no_locks(errno)) {
      const int error = errno;
      remove_temporary();
      throw_errno(error, "lock", path_.native());
    }
    // A sweeper may have had the lock before, and removed the file.
    if (is_ours(temporary_)) return;
  }
}

bool AtomicFile::is_ours(const fs::path& path) const {
  struct stat named {};
  if (::lstat(path.c_str(), &named) != 0) {
    if (errno == ENOENT) return false;
    throw_errno("look at", path.native());
  }
  const struct stat own = stat_of(fd_.get(), path_);
  return named.st_dev == own.st_dev && named.st_ino == own.st_ino;
}

void AtomicFile::remove_temporary() noexcept {
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
  temporary_.clear();
}

void AtomicFile::write(ByteView bytes) {
  if (!fd_.is_open())
    throw Error(Errc::internal, fmt::format("write to {} after its commit", path_.native()));
  if (buffer_.size() + bytes.size() > kBufferSize) flush();
  if (bytes.size() >= kBufferSize) {
    write_all(fd_.get(), bytes, path_);
  } else {
    append(buffer_, bytes);
  }
}

void AtomicFile::flush() {
  write_all(fd_.get(), buffer_, path_);
  buffer_.clear();
}

void AtomicFile::end_writing() {
  if (!fd_.is_open()) throw Error(Errc::internal, fmt::format("second commit of {}", path_.native()));
  flush();
}

void AtomicFile::finish_writing() {
  end_writing();
  sync_file(fd_.get(), path_);
}

bool AtomicFile::commit_if_absent() {
  finish_writing();
  const bool linked = link_without_replacing();
  remove_temporary();
  // Also for a name that was there: its writer may have died before it came to this.
  sync_directory(directory_);
  fd_ = Fd();
  return linked;
}

bool AtomicFile::link_without_replacing() {
  const std::string from = temporary_.empty() ? descriptor_path(fd_.get()) : temporary_.native();
  if (::linkat(AT_FDCWD, from.c_str(), AT_FDCWD, path_.c_str(), AT_SYMLINK_FOLLOW) == 0) return true;
  // A network file system may have lost the answer to a request that was done, and asked again.
  if (errno == EEXIST) return is_ours(path_);
  if (!temporary_.empty() && means_no_hard_links(errno)) return rename_without_replacing();
  throw_errno("create", path_.native());
}

bool AtomicFile::rename_without_replacing() {
  if (::renameat2(AT_FDCWD, temporary_.c_str(), AT_FDCWD, path_.c_str(), RENAME_NOREPLACE) == 0) {
    temporary_.clear();
    return true;
  }
  if (errno == EEXIST) return false;
  if (errno != EINVAL && errno != ENOSYS) throw_errno("create", path_.native());
  throw Error(Errc::io_error,
              fmt::format("cannot create {}: its file system can neither link nor rename without replacing",
                          path_.native()),
              "use a file system that can: two writers could overwrite each other's files on this one");
}

void AtomicFile::commit_replacing() {
  finish_writing();
  replace();
  sync_directory(directory_);
  fd_ = Fd();
}

void AtomicFile::publish_replacing() {
  end_writing();
  replace();
  fd_ = Fd();
}

void AtomicFile::replace() {
  if (temporary_.empty()) {
    // Only a file that has a name can replace another.
    const fs::path name = directory_ / new_temporary_name();
    if (lock(fd_.get(), LOCK_EX | LOCK_NB) != 0 && !has_no_locks(errno)) throw_errno("lock", path_.native());
    if (::linkat(AT_FDCWD, descriptor_path(fd_.get()).c_str(), AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW) !=
        0) {
      throw_errno("create", name.native());
    }
    temporary_ = name;
  }
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) throw_errno("replace", path_.native());
  temporary_.clear();
}

void move_into_place(const fs::path& from, const fs::path& to) {
  int result = ::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE);
  if (result != 0 && (errno == EINVAL || errno == ENOSYS)) {
    result = ::link(from.c_str(), to.c_str());
    if (result == 0) ::unlink(from.c_str());
  }
  if (result != 0 && errno == EEXIST) {
    throw Error(Errc::conflict, fmt::format("{} exists already", to.native()), "use an empty directory");
  }
  if (result != 0) throw_errno("create", to.native());
  sync_directory(directory_of(to));
}

void move_replacing(const fs::path& from, const fs::path& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) throw_errno("replace", to.native());
  sync_directory(directory_of(to));
}

bool is_temporary_name(std::string_view file_name) {
  if (file_name.size() != kPrefix.size() + 2 * kRandomBytes + kSuffix.size()) return false;
  if (!file_name.starts_with(kPrefix) || !file_name.ends_with(kSuffix)) return false;
  const std::string_view middle = file_name.substr(kPrefix.size(), 2 * kRandomBytes);
  return middle.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

void sweep_temporaries(const fs::path& directory) {
  const std::unique_ptr<DIR, CloseDirectory> entries(::opendir(directory.c_str()));
  if (entries == nullptr) {
    if (errno == ENOENT) return;
    throw_errno("list", directory.native());
  }
  errno = 0;
  while (const dirent* entry = ::readdir(entries.get())) {
    if (is_temporary_name(entry->d_name)) remove_if_abandoned(::dirfd(entries.get()), entry->d_name);
    errno = 0;
  }
  if (errno != 0) throw_errno("list", directory.native());
}

}  // namespace pitr
