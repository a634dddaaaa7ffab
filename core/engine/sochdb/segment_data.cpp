#include "engine/sochdb/segment_data.hpp"

#include "model/fields.hpp"

#include <fmt/format.h>

namespace pitr::sochdb {

namespace {

constexpr LsnNotation kNotation = LsnNotation::decimal;

Json to_json(const Generation& generation) {
  Json json;
  json["number"] = generation.number;
  json["start_lsn"] = json_lsn(generation.start, kNotation);
  json["view_lsn"] = json_lsn(generation.view, kNotation);
  return json;
}

Generation generation_from_json(const JsonReader& json) {
  const Generation generation{json.u64("number"), read_lsn(json, "start_lsn", kNotation),
                              read_lsn(json, "view_lsn", kNotation)};
  if (generation.view > generation.start) json.fail("view_lsn", "is after start_lsn");
  return generation;
}

void put(Json& json, const DatabaseFacts& facts) {
  json["keyring"] = json_or_null(facts.keyring);
  json["database"] = json_or_null(facts.database);
}

DatabaseFacts facts_from_json(const JsonReader& json) {
  return {read_string_or_null(json, "keyring"), read_string_or_null(json, "database")};
}

}  // namespace

Json to_json(const SegmentData& data) {
  Json json;
  json["generation"] = to_json(data.generation);
  json["offset"] = data.offset;
  json["head"] = to_json(data.head);
  json["tail"] = to_json(data.tail);
  json["truncated"] = data.truncated;
  json["latest"] = json_time_or_null(data.latest);
  put(json, data.facts);
  json["source"] = data.source;
  return json;
}

SegmentData segment_data(const SegmentManifest& manifest) {
  const Json object = manifest.engine_data.value();
  const JsonReader json(
      object, fmt::format("segment {} of timeline {}", manifest.number.value, manifest.timeline.value));
  SegmentData data;
  data.generation = generation_from_json(json.object("generation"));
  data.offset = json.u64("offset");
  data.head = sample_from_json(json.object("head"));
  data.tail = sample_from_json(json.object("tail"));
  if (data.head.size > data.offset || data.tail.size > data.offset)
    json.fail("offset", "is less than its samples");
  data.truncated = json.boolean("truncated");
  data.latest = read_time_or_null(json, "latest");
  data.facts = facts_from_json(json);
  data.source = json.member("source");
  if (data.generation.start > manifest.start_lsn) json.fail("generation", "begins after the segment");
  return data;
}

Json to_json(const SnapshotData& data) {
  Json json;
  json["generations"] = Json::array();
  for (const auto& part : data.parts) {
    Json generation = to_json(part.generation);
    generation["offset"] = part.offset;
    json["generations"].push_back(std::move(generation));
  }
  put(json, data.facts);
  json["source"] = data.source;
  return json;
}

SnapshotData snapshot_data(const SnapshotManifest& manifest) {
  const JsonReader json(manifest.engine_data, fmt::format("snapshot {}", manifest.id));
  SnapshotData data;
  for (const Json& part : json.array("generations")) {
    const JsonReader generation(part, json.what() + ", generations");
    data.parts.push_back({generation_from_json(generation), generation.u64("offset")});
    const auto& [read, offset] = data.parts.back();
    const bool is_first = data.parts.size() == 1;
    if (is_first ? offset != 0 : offset < data.parts[data.parts.size() - 2].offset)
      generation.fail("offset", "does not follow the one before");
    if (read.start > manifest.consistent_lsn) generation.fail("start_lsn", "is after the snapshot");
  }
  if (data.parts.empty()) json.fail("generations", "is empty");
  data.facts = facts_from_json(json);
  data.source = json.member("source");
  return data;
}

}  // namespace pitr::sochdb
