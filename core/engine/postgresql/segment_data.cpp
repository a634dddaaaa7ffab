#include "engine/postgresql/segment_data.hpp"

#include "base/error.hpp"
#include "engine/postgresql/wal_format.hpp"
#include "model/fields.hpp"

#include <bit>
#include <charconv>

#include <fmt/format.h>

namespace pitr::postgresql {

namespace {

// Text, since a number of 64 bits is not safe with every reader of JSON.
std::uint64_t read_system_identifier(const JsonReader& reader) {
  const std::string text = reader.string("system_identifier");
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || std::to_string(value) != text)
    reader.fail("system_identifier", "is not a number");
  return value;
}

Json crossing_or_null(const std::optional<CrossingRecord>& crossing) {
  return crossing ? to_json(*crossing) : Json(nullptr);
}

std::optional<CrossingRecord> read_crossing_or_null(const JsonReader& reader, const char* key) {
  const Json& json = reader.member(key);
  if (json.is_null()) return std::nullopt;
  return crossing_from_json(json, fmt::format("{}, {}", reader.what(), key));
}

}  // namespace

Json to_json(const ClusterIdentity& identity) {
  Json json = Json::object();
  json["system_identifier"] = std::to_string(identity.system_identifier);
  json["segment_size"] = identity.segment_size;
  json["version"] = identity.major;
  return json;
}

ClusterIdentity identity_from_json(const Json& json, const std::string& what) {
  const JsonReader reader(json, what);
  ClusterIdentity identity;
  identity.system_identifier = read_system_identifier(reader);
  identity.segment_size = reader.u32("segment_size");
  if (!std::has_single_bit(identity.segment_size) || identity.segment_size < kMinSegmentSize ||
      identity.segment_size > kMaxSegmentSize) {
    reader.fail("segment_size", "is not that of a segment");
  }
  constexpr std::uint32_t kHighestMajor = 999;
  const std::uint32_t major = reader.u32("version");
  if (major > kHighestMajor) reader.fail("version", "is not one of PostgreSQL");
  identity.major = static_cast<int>(major);
  return identity;
}

Json to_json(const SegmentData& data) {
  Json json = to_json(data.cluster);
  json["file"] = data.name.text();
  json["enters"] = crossing_or_null(data.enters);
  json["leaves"] = crossing_or_null(data.leaves);
  json["next_xid_in"] = json_xid_or_null(data.next_xid_in);
  json["next_xid_out"] = json_xid_or_null(data.next_xid_out);
  return json;
}

SegmentData segment_data_from_json(const Json& json, const std::string& what) {
  const JsonReader reader(json, what);
  SegmentData data;
  data.cluster = identity_from_json(json, what);
  const auto name = parse_log_file_name(reader.string("file"));
  if (!name || name->kind != LogFileKind::segment) reader.fail("file", "is not the name of a segment");
  data.name = name->segment;
  data.enters = read_crossing_or_null(reader, "enters");
  data.leaves = read_crossing_or_null(reader, "leaves");
  data.next_xid_in = read_xid_or_null(reader, "next_xid_in");
  data.next_xid_out = read_xid_or_null(reader, "next_xid_out");
  return data;
}

SegmentData segment_data(const SegmentManifest& manifest) {
  return segment_data_from_json(
      manifest.engine_data.value(),
      fmt::format("segment {} of timeline {}, postgresql", manifest.number.value, manifest.timeline.value));
}

}  // namespace pitr::postgresql
