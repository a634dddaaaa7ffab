#include "cmd/json_values.hpp"
#include "cmd/render_json.hpp"

namespace pitr::cmd {

namespace {

Json segment_json(const ArchivedSegment& segment, LsnNotation notation) {
  Json json;
  json["number"] = segment.number.value;
  json["content"] = content_name(segment.content);
  json["start_lsn"] = format_lsn(segment.start_lsn, notation);
  json["end_lsn"] = format_lsn(segment.end_lsn, notation);
  json["commits"] = json_or_null(segment.commits);
  json["hidden_commits"] = json_or_null(segment.hidden_commits);
  json["size"] = segment.size;
  json["stored_size"] = segment.stored_size;
  return json;
}

void put_archive(Json& json, const ArchiveReport& report) {
  json["timeline"] = report.timeline.value;
  json["new_timeline"] = report.new_timeline;
  json["segments"] = json_array(report.segments,
                                [&](const auto& segment) { return segment_json(segment, report.notation); });
  json["files"] = report.files;
  json["snapshot"] = nullptr;
  if (report.snapshot) {
    Json& snapshot = json["snapshot"] = Json::object();
    snapshot["id"] = *report.snapshot;
    snapshot["size"] = report.snapshot_size;
    snapshot["new_bytes"] = report.snapshot_new_bytes;
    snapshot["damaged_pages"] = report.damaged_pages;
  }
  json["gap"] = report.gap;
  json["reason"] = report.reason.empty() ? Json(nullptr) : Json(report.reason);
  json["head"] = json_point(report.head, report.notation);
  json["commits"] = json_or_null(report.commits);
  json["damage"] = report.damage;
}

}  // namespace

Json render_json(const InitReport& report) {
  Json json;
  json["schema"] = "pitrctl/init/1";
  json["repository"] = report.repository;
  json["location"] = report.location;
  json["engine"] = report.engine;
  json["compression"] = to_text(report.codec);
  json["advice"] = report.advice.empty() ? Json(nullptr) : Json(report.advice);
  return json;
}

Json render_json(const ArchiveReport& report, std::string_view schema) {
  Json json;
  json["schema"] = schema;
  put_archive(json, report);
  return json;
}

Json render_json(const FetchReport& report) {
  const bool found = report.origin != FetchReport::Origin::nowhere;
  Json json;
  json["schema"] = "pitrctl/fetch/1";
  json["name"] = report.name;
  json["found"] = found;
  json["destination"] = found ? Json(report.destination) : Json(nullptr);
  json["size"] = found ? Json(report.size) : Json(nullptr);
  json["prefetched"] = report.origin == FetchReport::Origin::spool;
  json["reason"] = found ? Json(nullptr) : Json(report.reason);
  return json;
}

Json render_json(const CreateRestorePointReport& report) {
  Json json;
  json["schema"] = "pitrctl/restore-point/1";
  json["created"] = json_restore_point(report.restore_point, report.notation);
  json["archived"] = report.archived;
  json["archive"] = nullptr;
  if (report.archive) put_archive(json["archive"] = Json::object(), *report.archive);
  return json;
}

Json render_json(const DeleteRestorePointReport& report) {
  Json json;
  json["schema"] = "pitrctl/restore-point/1";
  json["deleted"] = json_restore_point(report.restore_point, report.notation);
  return json;
}

}  // namespace pitr::cmd
