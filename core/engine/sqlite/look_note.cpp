#include "engine/sqlite/look_note.hpp"

#include "base/atomic_file.hpp"
#include "base/error.hpp"
#include "base/json.hpp"

#include <algorithm>
#include <limits>

#include <fcntl.h>

namespace pitr::sqlite {

namespace {

constexpr std::int64_t kNsPerSecond = 1'000'000'000;
constexpr std::int64_t kNsPerUs = 1000;

std::int64_t to_ns(const timespec& time) { return time.tv_sec * kNsPerSecond + time.tv_nsec; }

}  // namespace

FileState file_state(const fs::path& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) throw_errno("look at", path.string());
  return {status.st_ino, static_cast<std::uint64_t>(status.st_size), to_ns(status.st_mtim),
          to_ns(status.st_ctim)};
}

Json to_json(const FileState& state) {
  Json json;
  json["inode"] = state.inode;
  json["size"] = state.size;
  json["modified_ns"] = state.modified_ns;
  json["changed_ns"] = state.changed_ns;
  return json;
}

FileState file_state_from_json(const JsonReader& json) {
  const auto ns = [&](const char* key) {
    const std::uint64_t value = json.u64(key);
    if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
      json.fail(key, "is too large");
    return static_cast<std::int64_t>(value);
  };
  return {json.u64("inode"), json.u64("size"), ns("modified_ns"), ns("changed_ns")};
}

std::optional<LookNote> read_look_note(const fs::path& path, const std::string& link) {
  if (!open_if_exists(path, O_RDONLY)) return std::nullopt;
  try {
    const Json json = parse_json(as_text(read_whole_file(path)), path.string());
    const JsonReader reader(json, path.string());
    LookNote note{reader.string("link"), reader.time("from"), {}};
    if (note.link != link) return std::nullopt;
    if (reader.member("file").is_object()) note.file = file_state_from_json(reader.object("file"));
    return note;
  } catch (const Error&) {
    return std::nullopt;
  }
}

void write_look_note(const fs::path& path, const LookNote& note) {
  Json json;
  json["link"] = note.link;
  json["from"] = format_time(note.from);
  json["file"] = note.file ? to_json(*note.file) : Json(nullptr);
  AtomicFile file(path, 0600);
  file.write(as_bytes(json.dump() + "\n"));
  file.commit_replacing();
}

bool is_proof(const FileState& state, Timestamp taken) {
  if (state.modified_ns < 0 || state.changed_ns < 0) return false;
  const std::int64_t latest = std::max(state.modified_ns, state.changed_ns);
  const bool whole_seconds = state.modified_ns % kNsPerSecond == 0 && state.changed_ns % kNsPerSecond == 0;
  constexpr std::int64_t kFineTick = kNsPerSecond / 50;
  constexpr std::int64_t kCoarseTick = 3 * kNsPerSecond;
  return taken.us * kNsPerUs - latest > (whole_seconds ? kCoarseTick : kFineTick);
}

}  // namespace pitr::sqlite
