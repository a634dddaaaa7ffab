#include "model/timeline.hpp"

#include "model/fields.hpp"

#include <fmt/format.h>

namespace pitr {
namespace {

void read_parent(TimelineDocument& document, const JsonReader& reader, LsnNotation notation) {
  const bool has_parent = !reader.member("parent").is_null();
  const bool has_fork = !reader.member("fork_lsn").is_null();
  if (has_parent != has_fork) reader.fail("fork_lsn", "must be there exactly when parent is");
  if (!has_parent) return;
  document.parent = read_timeline(reader, "parent");
  document.fork_lsn = read_lsn(reader, "fork_lsn", notation);
  // This keeps the family of timelines a tree.
  if (*document.parent >= document.timeline) {
    reader.fail("parent",
                fmt::format("is {}, not below {}", document.parent->value, document.timeline.value));
  }
}

}  // namespace

Json to_json(const TimelineDocument& document, LsnNotation notation) {
  Json json = document_head("timeline", document.repository);
  json["timeline"] = document.timeline.value;
  json["parent"] = document.parent ? Json(document.parent->value) : Json(nullptr);
  json["fork_lsn"] = document.fork_lsn ? json_lsn(*document.fork_lsn, notation) : Json(nullptr);
  json["first_number"] = document.first_number.value;
  json["restore_id"] = json_or_null(document.restore_id);
  json["created_at"] = format_time(document.created_at);
  json["source"] = document.source;
  check_readable(
      [&] { timeline_from_json(json, notation, fmt::format("timeline {}", document.timeline.value)); });
  return json;
}

TimelineDocument timeline_from_json(const Json& json, LsnNotation notation, const std::string& what) {
  const JsonReader reader(json, what);
  TimelineDocument document;
  document.repository = read_document_head(reader, "timeline");
  document.timeline = read_timeline(reader, "timeline");
  read_parent(document, reader, notation);
  document.first_number = {reader.u64("first_number")};
  document.restore_id = read_string_or_null(reader, "restore_id");
  document.created_at = reader.time("created_at");
  document.source = reader.member("source");
  if (!document.source.is_object()) reader.fail("source", "is not an object");
  return document;
}

}  // namespace pitr
