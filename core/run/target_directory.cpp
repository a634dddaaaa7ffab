#include "run/target_directory.hpp"

#include "base/atomic_file.hpp"
#include "base/error.hpp"
#include "base/owned_files.hpp"
#include "engine/publication.hpp"
#include "engine/restore_mark.hpp"
#include "run/space.hpp"

#include <set>
#include <string>
#include <utility>

#include <boost/filesystem/operations.hpp>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>

namespace pitr {

namespace {

constexpr const char* kStagingName = ".pitrctl-restore";

// What the last step of a restore writes beside the staging directory before the database appears.
bool is_left_over(const std::string& name) {
  return name == kStagingName || name == kRestoreMarkName || is_temporary_name(name);
}

template <typename Action>
auto file_operation(const fs::path& path, const char* doing, Action action) {
  try {
    return action();
  } catch (const fs::filesystem_error& error) {
    throw_errno(error.code().value(), doing, path.string());
  }
}

}  // namespace

TargetDirectory::TargetDirectory(fs::path path) : path_(std::move(path)) {}

fs::path TargetDirectory::staging() const { return path_ / kStagingName; }

void TargetDirectory::check() const {
  file_operation(path_, "look into", [&] {
    if (!fs::exists(path_)) return;
    if (!fs::is_directory(path_)) {
      throw Error(Errc::conflict, fmt::format("{} is not a directory", path_.string()),
                  "restore into an empty directory");
    }
    const bool unfinished = fs::exists(staging());
    const std::set<std::string> published = unfinished_entries(staging());
    for (const auto& entry : fs::directory_iterator(path_)) {
      const std::string name = entry.path().filename().string();
      if (unfinished && (is_left_over(name) || published.count(name) > 0)) continue;
      throw Error(Errc::conflict, fmt::format("{} is not empty: it holds {}", path_.string(), name),
                  "restore into an empty directory; nothing is ever overwritten");
    }
  });
}

bool TargetDirectory::is_free() const {
  try {
    check();
    return true;
  } catch (const Error& error) {
    if (error.code() != Errc::conflict) throw;
    return false;
  }
}

void TargetDirectory::lock_staging() {
  struct stat parent {};
  if (::stat(nearest_existing(path_).c_str(), &parent) != 0) throw_errno("look at", path_.native());
  const OwnedFiles owned(parent.st_uid, parent.st_gid);
  create_directories_durably(staging(), 0700);
  lock_ = open_file(staging(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  if (flock(lock_.get(), LOCK_EX | LOCK_NB) != 0) {
    throw Error(Errc::unavailable, fmt::format("another restore into {} is running", path_.string()),
                "let it end");
  }
}

void TargetDirectory::prepare() {
  check();
  lock_staging();
  check();
  file_operation(path_, "empty", [&] {
    for (const auto& entry : fs::directory_iterator(path_)) {
      if (entry.path().filename() != kStagingName) fs::remove_all(entry.path());
    }
    for (const auto& entry : fs::directory_iterator(staging())) fs::remove_all(entry.path());
  });
}

void TargetDirectory::prepare_in_place() { lock_staging(); }

void TargetDirectory::finish() {
  file_operation(path_, "tidy up", [&] { fs::remove(staging()); });
  sync_directory(path_);
  lock_ = Fd();
}

}  // namespace pitr
