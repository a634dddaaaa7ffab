#pragma once

#include <memory>

#include <sys/types.h>

namespace pitr {

// While it exists, the files that this thread creates belong to the given user and group from their first
// moment; a chown afterwards leaves a moment at which a kill leaves them to us. What the thread may do does
// not change. Only root can do that: for anyone else, and where the kernel refuses, files are created as
// ever.
class OwnedFiles {
 public:
  OwnedFiles(uid_t user, gid_t group);
  ~OwnedFiles();
  OwnedFiles(const OwnedFiles&) = delete;
  OwnedFiles& operator=(const OwnedFiles&) = delete;

 private:
  struct Before;
  std::unique_ptr<Before> before_;
};

}  // namespace pitr
