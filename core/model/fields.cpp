#include "model/fields.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace pitr {
namespace {

constexpr std::uint64_t kFormat = 1;
constexpr std::size_t kRepositoryIdSize = 32;
constexpr std::size_t kMaxEngineName = 32;
constexpr std::size_t kMaxSnapshotId = 64;

bool consists_of(std::string_view text, std::string_view characters) {
  return text.find_first_not_of(characters) == std::string_view::npos;
}

bool is_null(const JsonReader& object, const char* key) { return object.member(key).is_null(); }

}  // namespace

Json document_head(std::string_view kind, const std::string& repository) {
  Json object = Json::object();
  object["format"] = kFormat;
  object["kind"] = std::string(kind);
  object["repository"] = repository;
  return object;
}

std::string read_document_head(const JsonReader& object, std::string_view kind) {
  const std::uint64_t format = object.u64("format");
  if (format > kFormat) {
    throw Error(Errc::corrupt,
                fmt::format("{}: written in format {}, and this program reads format {}", object.what(),
                            format, kFormat),
                "use a newer pitrctl");
  }
  if (format != kFormat) object.fail("format", fmt::format("is {}, which never was", format));
  const std::string found = object.string("kind");
  if (found != kind) object.fail("kind", fmt::format("is {}, not {}", found, kind));
  std::string repository = object.string("repository");
  if (repository.size() != kRepositoryIdSize || !consists_of(repository, "0123456789abcdef")) {
    object.fail("repository", "is not an id of 32 lower-case hex digits");
  }
  return repository;
}

Json json_lsn(Lsn lsn, LsnNotation notation) { return format_lsn(lsn, notation); }

Json json_xid_or_null(const std::optional<Xid>& xid) { return xid ? Json(xid->value) : Json(nullptr); }

Lsn read_lsn(const JsonReader& object, const char* key, LsnNotation notation) {
  const std::string text = object.string(key);
  const auto lsn = try_parse_lsn(text, notation);
  if (!lsn || format_lsn(*lsn, notation) != text) object.fail(key, "is not an LSN as it is stored");
  return *lsn;
}

TimelineId read_timeline(const JsonReader& object, const char* key) {
  const TimelineId timeline{object.u32(key)};
  if (timeline.value == 0) object.fail(key, "is 0, and timelines begin at 1");
  return timeline;
}

std::optional<Xid> read_xid_or_null(const JsonReader& object, const char* key) {
  const auto value = read_u64_or_null(object, key);
  return value ? std::optional(Xid{*value}) : std::nullopt;
}

std::optional<Timestamp> read_time_or_null(const JsonReader& object, const char* key) {
  return is_null(object, key) ? std::nullopt : std::optional(object.time(key));
}

std::optional<std::uint64_t> read_u64_or_null(const JsonReader& object, const char* key) {
  return is_null(object, key) ? std::nullopt : std::optional(object.u64(key));
}

std::optional<std::string> read_string_or_null(const JsonReader& object, const char* key) {
  return is_null(object, key) ? std::nullopt : std::optional(object.string(key));
}

std::optional<JsonReader> read_object_or_null(const JsonReader& object, const char* key) {
  return is_null(object, key) ? std::nullopt : std::optional(object.object(key));
}

std::string read_engine(const JsonReader& object) {
  std::string engine = object.string("engine");
  if (engine.empty() || engine.size() > kMaxEngineName ||
      !consists_of(engine, "abcdefghijklmnopqrstuvwxyz0123456789_")) {
    object.fail("engine", "is not a name of an engine");
  }
  return engine;
}

void put_engine_data(Json& document, const std::string& engine, const Json& data) {
  if (document.contains(engine))
    throw Error(Errc::internal, fmt::format("an engine cannot be named {}", engine));
  document[engine] = data;
}

Json read_engine_data(const JsonReader& object, std::span<const std::string_view> own_members,
                      const std::string& engine) {
  if (std::find(own_members.begin(), own_members.end(), engine) != own_members.end()) {
    object.fail("engine", fmt::format("is {}, which is a member of its own", engine));
  }
  const Json& data = object.member(engine.c_str());
  if (!data.is_object()) object.fail(engine.c_str(), "is not an object");
  return data;
}

Digest read_digest(const JsonReader& object, const char* key) {
  const std::string text = object.string(key);
  try {
    return Digest::from_hex(text);
  } catch (const Error& e) {
    object.fail(key, fmt::format("is {}", e.what()));
  }
}

std::string read_snapshot_id(const JsonReader& object, const char* key) {
  std::string id = object.string(key);
  const auto allowed = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
  };
  if (id.empty() || id.size() > kMaxSnapshotId || !std::all_of(id.begin(), id.end(), allowed)) {
    object.fail(key, "is not the id of a snapshot");
  }
  return id;
}

bool is_relative_path(std::string_view path) {
  if (path.find('\0') != std::string_view::npos) return false;
  while (true) {
    const std::size_t end = path.find('/');
    const std::string_view part = path.substr(0, end);
    if (part.empty() || part == "." || part == "..") return false;
    if (end == std::string_view::npos) return true;
    path.remove_prefix(end + 1);
  }
}

}  // namespace pitr
