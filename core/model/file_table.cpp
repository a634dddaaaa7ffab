#include "base/utf8.hpp"
#include "model/fields.hpp"
#include "model/snapshot_manifest.hpp"

#include <algorithm>
#include <limits>
#include <unordered_set>

#include <fmt/format.h>

namespace pitr {
namespace {

constexpr std::uint32_t kModeBits = 07777;
// No codec makes a chunk much larger than it is.
constexpr std::uint32_t kMaxStoredSize = 2 * kChunkSize;

std::uint64_t chunks_in(std::uint64_t file_size) {
  return file_size / kChunkSize + (file_size % kChunkSize != 0 ? 1 : 0);
}

std::uint32_t size_of_chunk(std::uint64_t file_size, std::uint64_t index) {
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(kChunkSize, file_size - index * kChunkSize));
}

Json json_chunk(const Chunk& chunk) {
  if (!chunk.pack) return 0U;
  return Json::array({*chunk.pack, chunk.offset, chunk.stored_size, chunk.hash.hex()});
}

Json json_chunks(const SnapshotFile& file) {
  if (file.chunks.size() != chunks_in(file.size)) {
    throw Error(Errc::internal,
                fmt::format("{} has {} bytes, but {} chunks", file.path, file.size, file.chunks.size()));
  }
  Json array = Json::array();
  for (std::size_t i = 0; i < file.chunks.size(); ++i) {
    if (file.chunks[i].size != size_of_chunk(file.size, i)) {
      throw Error(Errc::internal,
                  fmt::format("chunk {} of {} has {} bytes", i, file.path, file.chunks[i].size));
    }
    array.push_back(json_chunk(file.chunks[i]));
  }
  return array;
}

template <typename Number>
Number read_number(const Json& json, Number limit, const JsonReader& file) {
  const bool is_unsigned = json.is_number_unsigned();
  if (!is_unsigned || json.get<std::uint64_t>() > limit) file.fail("chunks", "holds a number that cannot be");
  return static_cast<Number>(json.get<std::uint64_t>());
}

Chunk read_chunk(const Json& json, std::size_t packs, const JsonReader& file) {
  Chunk chunk;
  if (json.is_number_unsigned() && json.get<std::uint64_t>() == 0) return chunk;
  if (!json.is_array() || json.size() != 4 || !json[3].is_string())
    file.fail("chunks", "holds what is not a chunk");
  constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();
  chunk.pack = read_number(json[0], std::numeric_limits<std::uint32_t>::max(), file);
  if (*chunk.pack >= packs) file.fail("chunks", fmt::format("points to pack {} of {}", *chunk.pack, packs));
  chunk.stored_size = read_number(json[2], kMaxStoredSize, file);
  if (chunk.stored_size == 0) file.fail("chunks", "holds a chunk that is stored in no bytes");
  chunk.offset = read_number(json[1], kMax - chunk.stored_size, file);
  try {
    chunk.hash = Digest::from_hex(json[3].get_ref<const std::string&>());
  } catch (const Error& e) {
    file.fail("chunks", fmt::format("holds {}", e.what()));
  }
  return chunk;
}

SnapshotFile read_file(const JsonReader& reader, std::size_t packs) {
  SnapshotFile file;
  file.path = reader.string("path");
  if (!is_relative_path(file.path)) reader.fail("path", "is not a relative path");
  file.size = reader.u64("size");
  file.mode = reader.u32("mode");
  if ((file.mode & ~kModeBits) != 0)
    reader.fail("mode", fmt::format("is {:o}, not permission bits", file.mode));
  const Json& chunks = reader.array("chunks");
  if (chunks.size() != chunks_in(file.size)) {
    reader.fail("chunks", fmt::format("has {} chunks, and {} bytes need {}", chunks.size(), file.size,
                                      chunks_in(file.size)));
  }
  file.chunks.reserve(chunks.size());
  for (const Json& json : chunks) {
    Chunk chunk = read_chunk(json, packs, reader);
    chunk.size = size_of_chunk(file.size, file.chunks.size());
    file.chunks.push_back(chunk);
  }
  return file;
}

// No file twice, and none where another has its directory.
void check_paths(const FileTable& table, const std::string& what) {
  std::unordered_set<std::string_view> paths;
  for (const SnapshotFile& file : table.files) {
    if (!paths.insert(file.path).second) {
      throw Error(Errc::corrupt, fmt::format("{}: the file {} is there twice", what, file.path));
    }
  }
  for (const SnapshotFile& file : table.files) {
    const std::string_view path = file.path;
    for (auto slash = path.find('/'); slash != std::string_view::npos; slash = path.find('/', slash + 1)) {
      if (paths.count(path.substr(0, slash)) == 0) continue;
      throw Error(Errc::corrupt,
                  fmt::format("{}: {} is a file and holds {}", what, path.substr(0, slash), file.path));
    }
  }
}

void check_total_size(const FileTable& table, const std::string& what) {
  std::uint64_t total = 0;
  for (const SnapshotFile& file : table.files) {
    if (__builtin_add_overflow(total, file.size, &total)) {
      throw Error(Errc::corrupt, fmt::format("{}: its files are larger than anything can be", what));
    }
  }
}

}  // namespace

Json to_json(const FileTable& table) {
  Json files = Json::array();
  for (const SnapshotFile& file : table.files) {
    if (!is_utf8(file.path)) {
      throw Error(Errc::usage, "a file's name is not UTF-8, and cannot be stored", "rename the file");
    }
    Json json = Json::object();
    json["path"] = file.path;
    json["size"] = file.size;
    json["mode"] = file.mode;
    json["chunks"] = json_chunks(file);
    files.push_back(std::move(json));
  }
  Json object = Json::object();
  object["files"] = std::move(files);
  check_readable(
      [&] { file_table_from_json(object, std::numeric_limits<std::size_t>::max(), "file table"); });
  return object;
}

FileTable file_table_from_json(const Json& json, std::size_t packs, const std::string& what) {
  const JsonReader reader(json, what);
  FileTable table;
  const Json& files = reader.array("files");
  table.files.reserve(files.size());
  for (std::size_t i = 0; i < files.size(); ++i) {
    table.files.push_back(read_file(JsonReader(files[i], fmt::format("{}, file {}", what, i)), packs));
  }
  check_total_size(table, what);
  check_paths(table, what);
  return table;
}

}  // namespace pitr
