#pragma once

#include "base/file.hpp"
#include "base/json.hpp"
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

// As members of a JSON object; file_state_from_json throws Errc::corrupt.
Json to_json(const FileState& state);
FileState file_state_from_json(const JsonReader& json);

// The last look at a database, kept beside its page hashes. Only a cache.
struct LookNote {
  std::string link;               // of the newest segment then
  Timestamp from;                 // as in Look
  std::optional<FileState> file;  // of the database file, when nothing was in the log, if is_proof()
};

// Nothing when there is none, or it speaks of another state.
std::optional<LookNote> read_look_note(const fs::path& path, const std::string& link);
void write_look_note(const fs::path& path, const LookNote& note);

// Whether an equal state later on proves that nothing was written since this one was taken, at the time
// `taken`. A file system's clock ticks coarsely: a file that was just written could be written again within
// the same tick.
bool is_proof(const FileState& state, Timestamp taken);

}  // namespace pitr::sqlite
