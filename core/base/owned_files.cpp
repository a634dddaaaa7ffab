#include "base/owned_files.hpp"

#include <sys/capability.h>
#include <sys/fsuid.h>
#include <unistd.h>

namespace pitr {

// The identity for files is the thread's own on Linux; leaving uid 0 in it takes the rights over other
// people's files away (capabilities(7)), so these are put back.
struct OwnedFiles::Before {
  cap_t rights = cap_get_proc();
  uid_t user;
  gid_t group;

  Before(uid_t new_user, gid_t new_group) {
    group = static_cast<gid_t>(setfsgid(new_group));
    user = static_cast<uid_t>(setfsuid(new_user));
    restore_rights();
  }
  ~Before() {
    setfsuid(user);
    setfsgid(group);
    restore_rights();
    cap_free(rights);
  }
  Before(const Before&) = delete;
  Before& operator=(const Before&) = delete;

  void restore_rights() const {
    if (rights != nullptr) cap_set_proc(rights);
  }
};

OwnedFiles::OwnedFiles(uid_t user, gid_t group) {
  if (geteuid() == 0) before_ = std::make_unique<Before>(user, group);
}

OwnedFiles::~OwnedFiles() = default;

}  // namespace pitr
