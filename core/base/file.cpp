#include "base/file.hpp"

#include "base/error.hpp"

#include <algorithm>
#include <cerrno>
#include <limits>

#include <boost/filesystem/operations.hpp>
#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace pitr {
namespace {

constexpr auto kMaxOffset = static_cast<std::uint64_t>(std::numeric_limits<off_t>::max());

template <typename Call>
auto without_interruption(Call call) {
  while (true) {
    const auto result = call();
    if (result >= 0 || errno != EINTR) return result;
  }
}

int open_descriptor(const fs::path& path, int flags, mode_t mode) {
  return without_interruption([&] { return ::open(path.c_str(), flags | O_CLOEXEC, mode); });
}

fs::path parent_of(const fs::path& path) {
  const fs::path parent = path.parent_path();
  return parent.empty() ? fs::path(".") : parent;
}

bool exists_as_directory(const fs::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0) {
    if (S_ISDIR(status.st_mode)) return true;
    throw_errno(ENOTDIR, "use as a directory", path.native());
  }
  if (errno != ENOENT) throw_errno("open directory", path.native());
  return false;
}

}  // namespace

Fd& Fd::operator=(Fd&& other) noexcept {
  if (this != &other) {
    if (fd_ >= 0) ::close(fd_);
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

Fd::~Fd() {
  if (fd_ >= 0) ::close(fd_);
}

Fd open_file(const fs::path& path, int flags, mode_t mode) {
  const int fd = open_descriptor(path, flags, mode);
  if (fd < 0) throw_errno((flags & O_CREAT) != 0 ? "create" : "open", path.native());
  return Fd(fd);
}

std::optional<Fd> open_if_exists(const fs::path& path, int flags) {
  const int fd = open_descriptor(path, flags, 0);
  if (fd >= 0) return Fd(fd);
  if (errno == ENOENT) return std::nullopt;
  throw_errno("open", path.native());
}

struct stat stat_of(int fd, const fs::path& path) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) throw_errno("look at", path.native());
  return status;
}

void write_all(int fd, ByteView bytes, const fs::path& path) {
  while (!bytes.empty()) {
    const ssize_t done = without_interruption([&] { return ::write(fd, bytes.data(), bytes.size()); });
    if (done < 0) throw_errno("write", path.native());
    bytes = bytes.subspan(static_cast<std::size_t>(done));
  }
}

void write_all_at(int fd, ByteView bytes, std::uint64_t offset, const fs::path& path) {
  if (offset > kMaxOffset || bytes.size() > kMaxOffset - offset) throw_errno(EFBIG, "write", path.native());
  while (!bytes.empty()) {
    const auto at = static_cast<off_t>(offset);
    const ssize_t done = without_interruption([&] { return ::pwrite(fd, bytes.data(), bytes.size(), at); });
    if (done < 0) throw_errno("write", path.native());
    bytes = bytes.subspan(static_cast<std::size_t>(done));
    offset += static_cast<std::uint64_t>(done);
  }
}

std::size_t read_at(int fd, std::span<std::byte> buffer, std::uint64_t offset, const fs::path& path) {
  if (offset >= kMaxOffset) return 0;
  buffer = buffer.first(std::min<std::uint64_t>(buffer.size(), kMaxOffset - offset));
  std::size_t total = 0;
  while (total < buffer.size()) {
    const auto rest = buffer.subspan(total);
    const auto at = static_cast<off_t>(offset + total);
    const ssize_t got = without_interruption([&] { return ::pread(fd, rest.data(), rest.size(), at); });
    if (got < 0) throw_errno("read", path.native());
    if (got == 0) break;
    total += static_cast<std::size_t>(got);
  }
  return total;
}

std::size_t read_up_to(int fd, std::span<std::byte> buffer, const fs::path& path) {
  std::size_t total = 0;
  while (total < buffer.size()) {
    const auto rest = buffer.subspan(total);
    const ssize_t got = without_interruption([&] { return ::read(fd, rest.data(), rest.size()); });
    if (got < 0) throw_errno("read", path.native());
    if (got == 0) break;
    total += static_cast<std::size_t>(got);
  }
  return total;
}

Bytes read_whole_file(const fs::path& path) {
  const Fd fd = open_file(path, O_RDONLY);
  const auto expected = static_cast<std::size_t>(std::max<off_t>(stat_of(fd.get(), path).st_size, 0));
  // One byte more than expected shows the end in one go; a file that grows is read on.
  Bytes bytes(expected + 1);
  std::size_t total = 0;
  while (true) {
    total += read_at(fd.get(), std::span(bytes).subspan(total), total, path);
    if (total < bytes.size()) break;
    bytes.resize(bytes.size() * 2);
  }
  bytes.resize(total);
  return bytes;
}

void sync_file(int fd, const fs::path& path) {
  if (without_interruption([&] { return ::fsync(fd); }) != 0) throw_errno("sync", path.native());
}

void sync_directory(const fs::path& directory) {
  const Fd fd = open_file(directory, O_RDONLY | O_DIRECTORY);
  if (without_interruption([&] { return ::fsync(fd.get()); }) == 0) return;
  // A file system that cannot sync directories writes their entries at once, or has no way to be asked.
  if (errno != EINVAL) throw_errno("sync directory", directory.native());
}

void truncate_file(int fd, std::uint64_t size, const fs::path& path) {
  if (size > kMaxOffset) throw_errno(EFBIG, "resize", path.native());
  if (without_interruption([&] { return ::ftruncate(fd, static_cast<off_t>(size)); }) != 0) {
    throw_errno("resize", path.native());
  }
}

void create_directories_durably(const fs::path& directory, mode_t mode) {
  if (exists_as_directory(directory)) return;
  const fs::path parent = parent_of(directory);
  if (parent != directory) create_directories_durably(parent, mode);
  if (::mkdir(directory.c_str(), mode) != 0) {
    const int error = errno;
    // Another process may have been faster.
    if (error != EEXIST || !exists_as_directory(directory))
      throw_errno(error, "create directory", directory.native());
  }
  sync_directory(parent);
}

bool remove_file(const fs::path& path) {
  if (::unlink(path.c_str()) == 0) return true;
  if (errno == ENOENT) return false;
  throw_errno("remove", path.native());
}

void remove_tree(const fs::path& path) {
  boost::system::error_code error;
  fs::remove_all(path, error);
  if (error) throw_errno(error.value(), "remove", path.native());
}

std::uint64_t free_space(const fs::path& path) {
  fs::path at = path.empty() ? fs::path(".") : path;
  struct statvfs status {};
  while (::statvfs(at.c_str(), &status) != 0) {
    if (errno != ENOENT && errno != ENOTDIR) throw_errno("ask for the free space of", at.native());
    const fs::path parent = parent_of(at);
    if (parent == at) throw_errno("ask for the free space of", at.native());
    at = parent;
  }
  std::uint64_t bytes = 0;
  if (__builtin_mul_overflow(status.f_bavail, status.f_frsize, &bytes))
    return std::numeric_limits<std::uint64_t>::max();
  return bytes;
}

}  // namespace pitr
