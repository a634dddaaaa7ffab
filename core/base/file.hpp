#pragma once

#include "base/bytes.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include <boost/filesystem/path.hpp>
#include <sys/stat.h>
#include <sys/types.h>

namespace pitr {

namespace fs = boost::filesystem;

// Owns a file descriptor. Closing an owned descriptor never reports: what must be durable is synced first.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept;
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd();

  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] bool is_open() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

// open(2) with O_CLOEXEC; throws io_error.
Fd open_file(const fs::path& path, int flags, mode_t mode = 0666);
// The same, but nothing when there is no such file.
std::optional<Fd> open_if_exists(const fs::path& path, int flags);

struct stat stat_of(int fd, const fs::path& path);

// Each of these does the whole of it or throws; path is for the message. read_at returns how much there was
// before the end of the file.
void write_all(int fd, ByteView bytes, const fs::path& path);
void write_all_at(int fd, ByteView bytes, std::uint64_t offset, const fs::path& path);
std::size_t read_at(int fd, std::span<std::byte> buffer, std::uint64_t offset, const fs::path& path);
// From where the descriptor stands, which may be a pipe's; less than the buffer only at the end.
std::size_t read_up_to(int fd, std::span<std::byte> buffer, const fs::path& path);
Bytes read_whole_file(const fs::path& path);
void sync_file(int fd, const fs::path& path);
void sync_directory(const fs::path& directory);
void truncate_file(int fd, std::uint64_t size, const fs::path& path);

// Creates a directory and its missing parents, and syncs every directory that got a new entry.
void create_directories_durably(const fs::path& directory, mode_t mode = 0777);

// Removes a file; false when there was none.
bool remove_file(const fs::path& path);

// Removes whatever is there, a directory with all that is in it; follows no symbolic link.
void remove_tree(const fs::path& path);

// Bytes that a user without privileges may still write in the file system that holds path (or its nearest
// existing parent).
std::uint64_t free_space(const fs::path& path);

}  // namespace pitr
