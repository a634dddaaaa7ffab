#include "engine/sqlite/look_note.hpp"

#include "base/atomic_file.hpp"
#include "base/error.hpp"
#include "base/json.hpp"

#include <fcntl.h>

#include <algorithm>

namespace pitr::sqlite {

namespace {

constexpr std::int64_t kNsPerSecond = 1'000'000'000;
constexpr std::int64_t kNsPerUs = 1000;

std::int64_t to_ns(const timespec& time) { return time.tv_sec * kNsPerSecond + time.tv_nsec; }

std::int64_t i64(const JsonReader& json, const char* key) { return static_cast<std::int64_t>(json.u64(key)); }

}  // namespace

FileState file_state(const fs::path& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) throw_errno("look at", path.string());
  return {status.st_ino, static_cast<std::uint64_t>(status.st_size), to_ns(status.st_mtim), to_ns(status.st_ctim)};
}

std::optional<LookNote> read_look_note(const fs::path& path, const std::string& link) {
  if (!open_if_exists(path, O_RDONLY)) return std::nullopt;
  try {
    const Json json = parse_json(as_text(read_whole_file(path)), path.string());
    const JsonReader reader(json, path.string());
    LookNote note{reader.string("link"), reader.time("from"), {}};
    if (note.link != link) return std::nullopt;
    if (reader.has("file") && reader.member("file").is_object()) {
      const JsonReader file = reader.object("file");
      note.file = FileState{file.u64("inode"), file.u64("size"), i64(file, "modified_ns"), i64(file, "changed_ns")};
    }
    return note;
  } catch (const Error&) {
    return std::nullopt;
  }
}

void write_look_note(const fs::path& path, const LookNote& note) {
  Json json;
  json["link"] = note.link;
  json["from"] = format_time(note.from);
  if (note.file && note.file->modified_ns >= 0 && note.file->changed_ns >= 0) {
    json["file"] = {{"inode", note.file->inode},
                    {"size", note.file->size},
                    {"modified_ns", note.file->modified_ns},
                    {"changed_ns", note.file->changed_ns}};
  }
  AtomicFile file(path, 0600);
  file.write(as_bytes(json.dump() + "\n"));
  file.commit_replacing();
}

bool is_proof(const FileState& state, Timestamp look) {
  const std::int64_t latest = std::max(state.modified_ns, state.changed_ns);
  const bool whole_seconds = state.modified_ns % kNsPerSecond == 0 && state.changed_ns % kNsPerSecond == 0;
  constexpr std::int64_t kFineTick = kNsPerSecond / 10;
  constexpr std::int64_t kCoarseTick = 3 * kNsPerSecond;
  return look.us * kNsPerUs - latest > (whole_seconds ? kCoarseTick : kFineTick);
}

}  // namespace pitr::sqlite
