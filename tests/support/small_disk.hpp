#pragma once

#include <fstream>
#include <string>

#include <boost/filesystem/path.hpp>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

namespace pitr::test {

inline bool write_text(const char* path, const std::string& text) {
  std::ofstream out(path);
  out << text;
  return static_cast<bool>(out.flush());
}

// In a child process: puts a file system of this many bytes onto an existing directory, for this process
// alone. False when the machine does not allow that.
inline bool mount_small_disk(const boost::filesystem::path& directory, std::uint64_t bytes) {
  const unsigned user = ::getuid();
  const unsigned group = ::getgid();
  if (::unshare(CLONE_NEWNS) != 0) {
    if (::unshare(CLONE_NEWNS | CLONE_NEWUSER) != 0) return false;
    if (!write_text("/proc/self/setgroups", "deny")) return false;
    if (!write_text("/proc/self/uid_map", "0 " + std::to_string(user) + " 1")) return false;
    if (!write_text("/proc/self/gid_map", "0 " + std::to_string(group) + " 1")) return false;
  }
  if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return false;
  const std::string size = "size=" + std::to_string(bytes);
  return ::mount("tmpfs", directory.c_str(), "tmpfs", 0, size.c_str()) == 0;
}

}  // namespace pitr::test
