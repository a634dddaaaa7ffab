#include "engine/postgresql/snapshot_data.hpp"

#include "engine/postgresql/wal_format.hpp"
#include "model/fields.hpp"

#include <bit>
#include <charconv>
#include <set>
#include <string_view>

#include <fmt/format.h>

namespace pitr::postgresql {

namespace {

constexpr std::uint32_t kModeBits = 07777;

std::uint64_t read_system_identifier(const JsonReader& json) {
  const std::string text = json.string("system_identifier");
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || fmt::to_string(value) != text)
    json.fail("system_identifier", "is not a number as it is stored");
  return value;
}

std::uint32_t read_segment_size(const JsonReader& json) {
  const std::uint32_t size = json.u32("segment_size");
  if (!std::has_single_bit(size) || size < kMinSegmentSize || size > kMaxSegmentSize)
    json.fail("segment_size", fmt::format("is {}, which no WAL segment has", size));
  return size;
}

int read_version(const JsonReader& json) {
  const std::uint64_t version = json.u64("version");
  if (version < std::uint64_t{kOldestMajor} || version > std::uint64_t{kNewestMajor})
    json.fail("version", fmt::format("is {}, which is not supported", version));
  return static_cast<int>(version);
}

std::uint32_t read_mode(const JsonReader& json) {
  const std::uint32_t mode = json.u32("mode");
  if ((mode & ~kModeBits) != 0) json.fail("mode", fmt::format("is {:o}, not permission bits", mode));
  return mode;
}

ClusterDirectory read_directory(const JsonReader& json) {
  ClusterDirectory directory{json.string("path"), read_mode(json)};
  if (!is_relative_path(directory.path)) json.fail("path", "is not a relative path");
  return directory;
}

Tablespace read_tablespace(const JsonReader& json) {
  Tablespace tablespace{json.u32("oid"), json.string("name"), json.string("location")};
  if (tablespace.oid == 0) json.fail("oid", "is 0");
  if (tablespace.name.empty()) json.fail("name", "is empty");
  const bool is_absolute = tablespace.location.starts_with('/');
  if (!is_absolute || tablespace.location.find('\0') != std::string::npos)
    json.fail("location", "is not an absolute path");
  return tablespace;
}

void read_directories(SnapshotData& data, const JsonReader& json) {
  for (const Json& member : json.array("directories"))
    data.directories.push_back(read_directory(JsonReader(member, json.what() + ", directories")));
}

void read_tablespaces(SnapshotData& data, const JsonReader& json) {
  std::set<std::uint32_t> oids;
  for (const Json& member : json.array("tablespaces")) {
    data.tablespaces.push_back(read_tablespace(JsonReader(member, json.what() + ", tablespaces")));
    const std::uint32_t oid = data.tablespaces.back().oid;
    if (!oids.insert(oid).second) json.fail("tablespaces", fmt::format("holds {} twice", oid));
  }
}

void read_damage(SnapshotData& data, const JsonReader& json) {
  data.damaged_pages = json.u64("count");
  for (const Json& member : json.array("first")) {
    const JsonReader page(member, json.what());
    data.listed_damage.push_back({page.string("file"), page.u32("block")});
  }
  if (data.listed_damage.size() > data.damaged_pages) json.fail("first", "holds more than there are");
}

Json damage_json(const SnapshotData& data) {
  Json json = {{"count", data.damaged_pages}, {"first", Json::array()}};
  for (const DamagedPage& page : data.listed_damage)
    json["first"].push_back({{"file", page.file}, {"block", page.block}});
  return json;
}

}  // namespace

Json to_json(const SnapshotData& data) {
  Json json = Json::object();
  json["system_identifier"] = fmt::to_string(data.system_identifier);
  json["version"] = static_cast<std::uint32_t>(data.version);
  json["segment_size"] = data.segment_size;
  json["checksums"] = data.checksums;
  json["mode"] = data.mode;
  json["directories"] = Json::array();
  for (const ClusterDirectory& directory : data.directories)
    json["directories"].push_back({{"path", directory.path}, {"mode", directory.mode}});
  json["tablespaces"] = Json::array();
  for (const Tablespace& tablespace : data.tablespaces) {
    json["tablespaces"].push_back(
        {{"oid", tablespace.oid}, {"name", tablespace.name}, {"location", tablespace.location}});
  }
  json["from_standby"] = data.from_standby;
  json["damaged_pages"] = damage_json(data);
  check_readable([&] { snapshot_data_from_json(json, "snapshot"); });
  return json;
}

SnapshotData snapshot_data_from_json(const Json& object, const std::string& what) {
  const JsonReader json(object, what);
  SnapshotData data;
  data.system_identifier = read_system_identifier(json);
  data.version = read_version(json);
  data.segment_size = read_segment_size(json);
  data.checksums = json.boolean("checksums");
  data.mode = read_mode(json);
  read_directories(data, json);
  read_tablespaces(data, json);
  data.from_standby = json.boolean("from_standby");
  read_damage(data, json.object("damaged_pages"));
  return data;
}

SnapshotData snapshot_data(const SnapshotManifest& manifest) {
  return snapshot_data_from_json(manifest.engine_data, fmt::format("snapshot {}", manifest.id));
}

std::vector<std::string> remarks(const SnapshotManifest& manifest) {
  const SnapshotData data = snapshot_data(manifest);
  if (data.damaged_pages == 0) return {};
  std::string text = fmt::format("snapshot {} has {} damaged pages", manifest.id, data.damaged_pages);
  if (!data.listed_damage.empty()) {
    const DamagedPage& first = data.listed_damage.front();
    text += fmt::format(", as the database had; the first in {}, block {}", first.file, first.block);
  }
  return {std::move(text)};
}

}  // namespace pitr::postgresql
