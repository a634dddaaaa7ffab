#include "model/segment_manifest.hpp"

#include "model/fields.hpp"

#include <array>

#include <fmt/format.h>

namespace pitr {
namespace {

constexpr std::array<std::string_view, 26> kMembers{
    "format",    "kind",    "repository",      "engine",         "timeline", "number", "content",
    "start_lsn", "end_lsn", "last_record_lsn", "link_in",        "link_out", "size",   "stored_size",
    "xxh3",      "codec",   "blocks",          "archived_at",    "commits",  "time",   "captured_to",
    "xid",       "bridge",  "snapshot",        "restore_points", "sum"};

constexpr std::array<SegmentContent, 4> kContents{SegmentContent::log, SegmentContent::bridge,
                                                  SegmentContent::start, SegmentContent::mark};

Json json_point_or_null(const std::optional<Point>& point, LsnNotation notation) {
  return point ? to_json(*point, notation) : Json(nullptr);
}

Json json_bounds(const SegmentManifest& manifest) {
  if (!manifest.time) return nullptr;
  return {{"min", format_time(manifest.time->min)}, {"max", format_time(manifest.time->max)}};
}

Json json_xids(const SegmentManifest& manifest) {
  if (!manifest.xid) return nullptr;
  return {{"min", manifest.xid->min.value}, {"max", manifest.xid->max.value}};
}

Json json_bridge(const SegmentManifest& manifest) {
  if (manifest.content != SegmentContent::bridge) return nullptr;
  return {{"hidden_commits", json_or_null(manifest.hidden_commits)}};
}

Json json_restore_points(const SegmentManifest& manifest, LsnNotation notation) {
  Json array = Json::array();
  for (const LoggedRestorePoint& logged : manifest.restore_points) {
    Json json = Json::object();
    json["name"] = logged.name;
    json["point"] = to_json(logged.point, notation);
    array.push_back(std::move(json));
  }
  return array;
}

SegmentContent read_content(const JsonReader& reader) {
  const std::string name = reader.string("content");
  for (const SegmentContent content : kContents) {
    if (content_name(content) == name) return content;
  }
  reader.fail("content", fmt::format("is {}, which is not known", name));
}

void read_range(SegmentManifest& manifest, const JsonReader& reader, LsnNotation notation) {
  manifest.start_lsn = read_lsn(reader, "start_lsn", notation);
  manifest.end_lsn = read_lsn(reader, "end_lsn", notation);
  manifest.last_record_lsn = read_lsn(reader, "last_record_lsn", notation);
  if (manifest.end_lsn < manifest.start_lsn) reader.fail("end_lsn", "is before start_lsn");
  if (manifest.last_record_lsn < manifest.start_lsn || manifest.last_record_lsn > manifest.end_lsn) {
    reader.fail("last_record_lsn", "is outside of the segment");
  }
  manifest.link_in = reader.string("link_in");
  manifest.link_out = reader.string("link_out");
}

std::optional<Point> read_point_or_null(const JsonReader& reader, const char* key, LsnNotation notation) {
  const Json& json = reader.member(key);
  if (json.is_null()) return std::nullopt;
  return point_from_json(json, notation, fmt::format("{}, {}", reader.what(), key));
}

Json json_commits(const CommitSummary& commits, LsnNotation notation) {
  if (!commits.count) return nullptr;
  Json json = Json::object();
  json["count"] = *commits.count;
  json["first"] = json_point_or_null(commits.first, notation);
  json["last"] = json_point_or_null(commits.last, notation);
  return json;
}

void read_commits(SegmentManifest& manifest, const JsonReader& reader, LsnNotation notation) {
  const auto known = read_object_or_null(reader, "commits");
  if (!known) {
    manifest.commits.count.reset();
    return;
  }
  const JsonReader& commits = *known;
  manifest.commits.count = commits.u64("count");
  manifest.commits.first = read_point_or_null(commits, "first", notation);
  manifest.commits.last = read_point_or_null(commits, "last", notation);
  const auto& [count, first, last] = manifest.commits;
  if (first.has_value() != (count != 0))
    commits.fail("first", fmt::format("does not go with {} commits", *count));
  if (last.has_value() != (count != 0))
    commits.fail("last", fmt::format("does not go with {} commits", *count));
  if (count == 0) return;
  if (first->lsn <= manifest.start_lsn) commits.fail("first", "is not after start_lsn");
  if (last->lsn > manifest.end_lsn) commits.fail("last", "is after end_lsn");
  if (count == 1 && *first != *last) commits.fail("last", "is not the first, of a single commit");
  if (count > 1 && first->lsn >= last->lsn) commits.fail("last", "is not after the first");
}

void read_bounds(SegmentManifest& manifest, const JsonReader& reader) {
  if (const auto time = read_object_or_null(reader, "time")) {
    manifest.time = TimeBounds{time->time("min"), time->time("max")};
    if (manifest.time->max < manifest.time->min) time->fail("max", "is before min");
  }
  manifest.captured_to = read_time_or_null(reader, "captured_to");
  if (const auto xid = read_object_or_null(reader, "xid")) {
    manifest.xid = XidBounds{{xid->u64("min")}, {xid->u64("max")}};
    if (manifest.xid->max < manifest.xid->min) xid->fail("max", "is below min");
  }
}

// What goes with one kind of content only.
void read_content_details(SegmentManifest& manifest, const JsonReader& reader) {
  const SegmentContent content = manifest.content;
  const auto bridge = read_object_or_null(reader, "bridge");
  if (bridge.has_value() != (content == SegmentContent::bridge)) {
    reader.fail("bridge", fmt::format("does not go with content {}", content_name(content)));
  }
  if (bridge) {
    manifest.hidden_commits = read_u64_or_null(*bridge, "hidden_commits");
    if (manifest.commits.count != 1) reader.fail("commits", "is not the one commit of a bridge");
  }
  if (!reader.member("snapshot").is_null()) manifest.snapshot = read_snapshot_id(reader, "snapshot");
  if (content == SegmentContent::mark && !manifest.snapshot)
    reader.fail("snapshot", "is missing from a mark");
  const bool is_empty = content == SegmentContent::start || content == SegmentContent::mark;
  if (is_empty && (manifest.start_lsn != manifest.end_lsn || manifest.commits.count != 0)) {
    reader.fail("end_lsn", fmt::format("is not start_lsn, with content {}", content_name(content)));
  }
}

void read_restore_points(SegmentManifest& manifest, const JsonReader& reader, LsnNotation notation) {
  const std::string what = reader.what() + ", restore_points";
  for (const Json& json : reader.array("restore_points")) {
    const JsonReader point_reader(json, what);
    LoggedRestorePoint logged;
    logged.name = point_reader.string("name");
    logged.point = point_from_json(point_reader.member("point"), notation, what);
    const Lsn lsn = logged.point.lsn;
    if (lsn < manifest.start_lsn || lsn > manifest.end_lsn)
      point_reader.fail("point", "is outside of the segment");
    manifest.restore_points.push_back(std::move(logged));
  }
}

}  // namespace

std::string_view content_name(SegmentContent content) {
  switch (content) {
    case SegmentContent::log:
      return "log";
    case SegmentContent::bridge:
      return "bridge";
    case SegmentContent::start:
      return "start";
    case SegmentContent::mark:
      return "mark";
  }
  throw Error(Errc::internal, fmt::format("no such content of a segment: {}", static_cast<int>(content)));
}

Json to_json(const SegmentManifest& manifest, LsnNotation notation) {
  Json json = document_head("segment", manifest.repository);
  json["engine"] = manifest.engine;
  json["timeline"] = manifest.timeline.value;
  json["number"] = manifest.number.value;
  json["content"] = std::string(content_name(manifest.content));
  json["start_lsn"] = json_lsn(manifest.start_lsn, notation);
  json["end_lsn"] = json_lsn(manifest.end_lsn, notation);
  json["last_record_lsn"] = json_lsn(manifest.last_record_lsn, notation);
  json["link_in"] = manifest.link_in;
  json["link_out"] = manifest.link_out;
  put_payload(json, manifest.payload);
  json["archived_at"] = format_time(manifest.archived_at);
  json["commits"] = json_commits(manifest.commits, notation);
  json["time"] = json_bounds(manifest);
  json["captured_to"] = json_time_or_null(manifest.captured_to);
  json["xid"] = json_xids(manifest);
  json["bridge"] = json_bridge(manifest);
  json["snapshot"] = json_or_null(manifest.snapshot);
  json["restore_points"] = json_restore_points(manifest, notation);
  put_engine_data(json, manifest.engine, manifest.engine_data.value());
  check_readable(
      [&] { segment_manifest_from_json(json, notation, fmt::format("segment {}", manifest.number.value)); });
  return json;
}

SegmentManifest segment_manifest_from_json(const Json& json, LsnNotation notation, const std::string& what) {
  const JsonReader reader(json, what);
  SegmentManifest manifest;
  manifest.repository = read_document_head(reader, "segment");
  manifest.engine = read_engine(reader);
  manifest.timeline = read_timeline(reader, "timeline");
  manifest.number = {reader.u64("number")};
  manifest.content = read_content(reader);
  read_range(manifest, reader, notation);
  manifest.payload = payload_from_json(reader);
  manifest.archived_at = reader.time("archived_at");
  read_commits(manifest, reader, notation);
  read_bounds(manifest, reader);
  read_content_details(manifest, reader);
  read_restore_points(manifest, reader, notation);
  manifest.engine_data = read_engine_data(reader, kMembers, manifest.engine);
  return manifest;
}

Json to_json(const Point& point, LsnNotation notation) {
  Json json = Json::object();
  json["lsn"] = json_lsn(point.lsn, notation);
  json["time"] = json_time_or_null(point.time);
  json["xid"] = json_xid_or_null(point.xid);
  return json;
}

Point point_from_json(const Json& json, LsnNotation notation, const std::string& what) {
  const JsonReader reader(json, what);
  return {read_lsn(reader, "lsn", notation), read_time_or_null(reader, "time"),
          read_xid_or_null(reader, "xid")};
}

}  // namespace pitr
