#include "model/snapshot_manifest.hpp"

#include "model/fields.hpp"
#include "model/segment_manifest.hpp"

#include <array>

#include <fmt/format.h>

namespace pitr {
namespace {

constexpr std::array<std::string_view, 20> kMembers{
    "format",         "kind",        "repository", "engine", "id",    "timeline",    "start_lsn",
    "consistent_lsn", "next_number", "link",       "point",  "empty", "captured_to", "created_at",
    "files",          "size",        "new_bytes",  "table",  "packs", "sum"};

Json json_packs(const SnapshotManifest& manifest) {
  Json array = Json::array();
  for (const PackReference& pack : manifest.packs) {
    Json json = Json::object();
    json["name"] = pack.name;
    json["object_size"] = pack.object_size;
    json["payload_offset"] = pack.payload_offset;
    json["codec"] = pack.codec;
    json["sum"] = pack.sum.hex();
    array.push_back(std::move(json));
  }
  return array;
}

Json json_table(const PayloadManifest& table) {
  Json json = Json::object();
  put_payload(json, table);
  return json;
}

PackReference read_pack(const JsonReader& reader) {
  PackReference pack;
  pack.name = reader.string("name");
  if (!is_relative_path(pack.name)) reader.fail("name", "is not the name of an object");
  pack.object_size = reader.u64("object_size");
  pack.payload_offset = reader.u64("payload_offset");
  if (pack.payload_offset > pack.object_size) reader.fail("payload_offset", "is beyond the object's end");
  pack.codec = reader.string("codec");
  if (!is_codec_name(pack.codec)) reader.fail("codec", fmt::format("is {}, which is not known", pack.codec));
  pack.sum = read_digest(reader, "sum");
  return pack;
}

void read_position(SnapshotManifest& manifest, const JsonReader& reader, LsnNotation notation) {
  manifest.timeline = read_timeline(reader, "timeline");
  manifest.start_lsn = read_lsn(reader, "start_lsn", notation);
  manifest.consistent_lsn = read_lsn(reader, "consistent_lsn", notation);
  if (manifest.consistent_lsn < manifest.start_lsn) reader.fail("consistent_lsn", "is before start_lsn");
  manifest.next_number = {reader.u64("next_number")};
  manifest.link = reader.string("link");
  manifest.point = point_from_json(reader.member("point"), notation, reader.what() + ", point");
  if (manifest.point.lsn != manifest.consistent_lsn) reader.fail("point", "is not at consistent_lsn");
  manifest.empty = reader.boolean("empty");
  manifest.captured_to = read_time_or_null(reader, "captured_to");
}

}  // namespace

Json to_json(const SnapshotManifest& manifest, LsnNotation notation) {
  Json json = document_head("snapshot", manifest.repository);
  json["engine"] = manifest.engine;
  json["id"] = manifest.id;
  json["timeline"] = manifest.timeline.value;
  json["start_lsn"] = json_lsn(manifest.start_lsn, notation);
  json["consistent_lsn"] = json_lsn(manifest.consistent_lsn, notation);
  json["next_number"] = manifest.next_number.value;
  json["link"] = manifest.link;
  json["point"] = to_json(manifest.point, notation);
  json["empty"] = manifest.empty;
  json["captured_to"] = json_time_or_null(manifest.captured_to);
  json["created_at"] = format_time(manifest.created_at);
  json["files"] = manifest.files;
  json["size"] = manifest.size;
  json["new_bytes"] = manifest.new_bytes;
  json["table"] = json_table(manifest.table);
  json["packs"] = json_packs(manifest);
  put_engine_data(json, manifest.engine, manifest.engine_data);
  check_readable([&] { snapshot_manifest_from_json(json, notation, "snapshot " + manifest.id); });
  return json;
}

SnapshotManifest snapshot_manifest_from_json(const Json& json, LsnNotation notation,
                                             const std::string& what) {
  const JsonReader reader(json, what);
  SnapshotManifest manifest;
  manifest.repository = read_document_head(reader, "snapshot");
  manifest.engine = read_engine(reader);
  manifest.id = read_snapshot_id(reader, "id");
  read_position(manifest, reader, notation);
  manifest.created_at = reader.time("created_at");
  manifest.files = reader.u64("files");
  manifest.size = reader.u64("size");
  manifest.new_bytes = reader.u64("new_bytes");
  manifest.table = payload_from_json(reader.object("table"));
  for (const Json& pack : reader.array("packs")) {
    manifest.packs.push_back(read_pack(JsonReader(pack, what + ", packs")));
  }
  manifest.engine_data = read_engine_data(reader, kMembers, manifest.engine);
  return manifest;
}

}  // namespace pitr
