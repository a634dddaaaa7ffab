#pragma once

#include "base/file.hpp"

namespace pitr {

// The directory a restore writes into: empty, missing, or holding nothing but what a restore that did not end
// left; or holding a database that is to be restored in place. All that is not finished lies in a directory
// of its own inside it, so that what is ours is known by its place.
class TargetDirectory {
 public:
  explicit TargetDirectory(fs::path path);

  // Throws Errc::conflict when there is anything in it, io_error when it is no directory. Writes nothing.
  void check() const;
  // Whether check() would pass.
  [[nodiscard]] bool is_free() const;

  // Makes an empty staging directory, which no other restore may use until this object is gone. What has to
  // be made belongs to whom the directory it is made in belongs to. Throws Errc::unavailable when another
  // restore uses it now.
  void prepare();
  // The same in a directory whose content stays; so does that of a staging directory.
  void prepare_in_place();
  // Removes the staging directory, which holds nothing any more.
  void finish();

  [[nodiscard]] const fs::path& path() const { return path_; }
  [[nodiscard]] fs::path staging() const;

 private:
  void lock_staging();

  fs::path path_;
  Fd lock_;
};

}  // namespace pitr
