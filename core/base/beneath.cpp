#include "base/beneath.hpp"

#include "base/error.hpp"

#include <fcntl.h>

namespace pitr {

namespace {

Fd open_at(int directory, const std::string& name, int flags, mode_t mode, const fs::path& shown) {
  const int fd = ::openat(directory, name.c_str(), flags | O_NOFOLLOW | O_CLOEXEC, mode);
  if (fd < 0) throw_errno("open", shown.native());
  return Fd(fd);
}

}  // namespace

BeneathParent open_parent_beneath(const fs::path& directory, const std::string& path) {
  BeneathParent parent{open_file(directory, O_RDONLY | O_DIRECTORY), path};
  for (auto slash = parent.name.find('/'); slash != std::string::npos; slash = parent.name.find('/')) {
    const std::string part = parent.name.substr(0, slash);
    parent.directory = open_at(parent.directory.get(), part, O_RDONLY | O_DIRECTORY, 0, directory / path);
    parent.name.erase(0, slash + 1);
  }
  return parent;
}

Fd open_beneath(const fs::path& directory, const std::string& path, int flags, mode_t mode) {
  const BeneathParent parent = open_parent_beneath(directory, path);
  return open_at(parent.directory.get(), parent.name, flags, mode, directory / path);
}

}  // namespace pitr
