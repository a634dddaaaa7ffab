#include "run/space.hpp"

#include "base/error.hpp"

#include <cerrno>
#include <map>

#include <fmt/format.h>
#include <sys/stat.h>

namespace pitr {

namespace {

dev_t device_of(const fs::path& path) {
  struct stat status {};
  if (::stat(nearest_existing(path).c_str(), &status) != 0) throw_errno("look at", path.native());
  return status.st_dev;
}

}  // namespace

fs::path nearest_existing(const fs::path& path) {
  fs::path at = path;
  struct stat status {};
  while (::stat(at.c_str(), &status) != 0) {
    if ((errno != ENOENT && errno != ENOTDIR) || !at.has_parent_path()) throw_errno("look at", path.native());
    at = at.parent_path();
  }
  return at;
}

void check_space(const std::vector<SpaceNeed>& needs) {
  std::map<dev_t, SpaceNeed> by_device;
  for (const SpaceNeed& need : needs) {
    auto& [directory, bytes] =
        by_device.try_emplace(device_of(need.directory), SpaceNeed{need.directory, 0}).first->second;
    if (__builtin_add_overflow(bytes, need.bytes, &bytes)) bytes = UINT64_MAX;
  }
  for (const auto& [device, need] : by_device) {
    const std::uint64_t free = free_space(need.directory);
    if (free >= need.bytes) continue;
    throw Error(Errc::io_error,
                fmt::format("the restored database needs {} bytes in {}, where {} are free", need.bytes,
                            need.directory.native(), free),
                "free some space there, or restore to another file system");
  }
}

}  // namespace pitr
