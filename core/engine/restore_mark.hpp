#pragma once

#include "base/file.hpp"
#include "model/ids.hpp"

#include <optional>
#include <string>

namespace pitr {

// Where a restored database came from: `.pitrctl.json` beside an embedded database, so that archiving it
// starts a new timeline with the right parent.
struct RestoreMark {
  std::string repository;
  TimelineId timeline;
  Lsn lsn;
  std::string restore_id;  // random: tells this restore from every other
  std::string file;        // name of the database it speaks of, in the same directory
};

inline constexpr const char* kRestoreMarkName = ".pitrctl.json";

// Nothing when the directory has none, or one for another file. Throws Errc::corrupt when it is damaged.
std::optional<RestoreMark> read_restore_mark(const fs::path& directory, const std::string& file);
void write_restore_mark(const fs::path& directory, const RestoreMark& mark);

}  // namespace pitr
