#include "engine/restore_mark.hpp"

#include "base/atomic_file.hpp"
#include "base/json.hpp"
#include "base/utf8.hpp"
#include "model/fields.hpp"

#include <fcntl.h>
#include <fmt/format.h>

namespace pitr {
namespace {

// A mark is a few hundred bytes; a file name in it has at most 255 (six times as many, escaped).
constexpr std::size_t kMaxSize = 8192;

std::string read_text(int fd, const fs::path& path) {
  Bytes bytes(kMaxSize + 1);
  bytes.resize(read_at(fd, bytes, 0, path));
  if (bytes.size() > kMaxSize) {
    throw Error(Errc::corrupt, fmt::format("{}: larger than any such file is", path.native()));
  }
  return std::string(as_text(bytes));
}

RestoreMark mark_from_json(const Json& json, const std::string& what) {
  const JsonReader reader(json, what);
  RestoreMark mark;
  mark.repository = read_document_head(reader, "restore_mark");
  mark.timeline = read_timeline(reader, "timeline");
  // Decimal for every engine: whoever reads it may not know which one the database belongs to.
  mark.lsn = read_lsn(reader, "lsn", LsnNotation::decimal);
  mark.restore_id = reader.string("restore_id");
  if (mark.restore_id.empty()) reader.fail("restore_id", "is empty");
  mark.file = reader.string("file");
  if (!is_utf8(mark.file) || !is_relative_path(mark.file) || mark.file.find('/') != std::string::npos) {
    reader.fail("file", "is not the name of a file");
  }
  return mark;
}

}  // namespace

std::optional<RestoreMark> read_restore_mark(const fs::path& directory, const std::string& file) {
  const fs::path path = directory / kRestoreMarkName;
  const auto fd = open_if_exists(path, O_RDONLY | O_NONBLOCK);
  if (!fd) return std::nullopt;
  if (!S_ISREG(stat_of(fd->get(), path).st_mode)) {
    throw Error(Errc::corrupt, fmt::format("{} is not a regular file", path.native()));
  }
  RestoreMark mark = mark_from_json(parse_json(read_text(fd->get(), path), path.native()), path.native());
  if (mark.file != file) return std::nullopt;
  return mark;
}

void write_restore_mark(const fs::path& directory, const RestoreMark& mark) {
  Json json = document_head("restore_mark", mark.repository);
  json["timeline"] = mark.timeline.value;
  json["lsn"] = json_lsn(mark.lsn, LsnNotation::decimal);
  json["restore_id"] = mark.restore_id;
  json["file"] = mark.file;
  check_readable([&] { mark_from_json(json, kRestoreMarkName); });
  AtomicFile out(directory / kRestoreMarkName);
  out.write(as_bytes(json.dump() + "\n"));
  out.commit_replacing();
}

}  // namespace pitr
