#pragma once

#include "base/file.hpp"
#include "base/time.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace pitr::sqlite {

// What tells, without reading it, that a file was not written to.
struct FileState {
  std::uint64_t inode = 0;
  std::uint64_t size = 0;
  std::int64_t modified_ns = 0;
  std::int64_t changed_ns = 0;
  bool operator==(const FileState&) const = default;
};

// Does not open the file.
FileState file_state(const fs::path& path);

// The last look at a database, kept beside its page hashes. Only a cache.
struct LookNote {
  std::string link;  // of the newest segment then
  Timestamp from;    // as in Look
  // The database file, when nothing was in the log; read before the log was.
  std::optional<FileState> file;
};

// Nothing when there is none, or it speaks of another state.
std::optional<LookNote> read_look_note(const fs::path& path, const std::string& link);
void write_look_note(const fs::path& path, const LookNote& note);

// Whether equal states prove that nothing was written in between. A file system's clock ticks coarsely: a file written
// just before the look could be written again with the same time.
bool is_proof(const FileState& state, Timestamp look);

}  // namespace pitr::sqlite
