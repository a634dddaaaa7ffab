#include "cmd/json_values.hpp"
#include "cmd/render_json.hpp"
#include "cmd/words.hpp"

namespace pitr::cmd {

namespace {

Json source_json(const std::optional<SourceComparison>& source) {
  if (!source) return nullptr;
  Json json;
  json["source"] = source->source;
  json["commits_not_archived"] = json_or_null(source->commits_not_archived);
  json["message"] = source->message.empty() ? Json(nullptr) : Json(source->message);
  return json;
}

}  // namespace

Json render_json(const ValidateReport& report) {
  Json json;
  json["schema"] = "pitrctl/validate/1";
  json["repository"] = report.repository;
  json["level"] = level_name(report.level);
  json["healthy"] = report.healthy();
  json["findings"] = json_array(report.findings, [](const Finding& finding) {
    Json found;
    found["code"] = code_name(finding.code);
    found["object"] = finding.object.empty() ? Json(nullptr) : Json(finding.object);
    found["message"] = finding.message;
    return found;
  });
  json["notes"] = report.notes;
  json["remarks"] = report.remarks;
  json["source"] = source_json(report.source);
  json["objects"] = report.objects;
  json["bytes_read"] = report.bytes_read;
  json["segments"] = report.segments;
  json["snapshots"] = report.snapshots;
  json["windows"] = report.windows;
  json["seconds"] = json_seconds(report.duration);
  return json;
}

}  // namespace pitr::cmd
