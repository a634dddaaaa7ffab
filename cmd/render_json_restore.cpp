#include "cmd/json_values.hpp"
#include "cmd/render_json.hpp"
#include "repo/names.hpp"

namespace pitr::cmd {

namespace {

Json plan_json(const RestorePlan& plan) {
  const Plan& steps = plan.plan;
  Json json;
  json["repository"] = plan.repository;
  json["engine"] = plan.engine;
  json["target"] = plan.target;
  json["target_directory"] = plan.target_directory;
  json["timeline"] = steps.timeline.value;
  json["snapshot"] = steps.snapshot;
  json["segments"] = json_array(steps.segments, [](const PlannedSegment& segment) {
    Json planned;
    planned["timeline"] = segment.timeline.value;
    planned["number"] = segment.entry.number.value;
    planned["last_number"] = segment.entry.last_number.value;
    planned["object"] = segment_key(segment.timeline, segment.entry.number, segment.entry.last_number);
    return planned;
  });
  json["stop_lsn"] = format_lsn(steps.stop, plan.notation);
  json["reached"] = json_point(steps.reached, plan.notation);
  json["first_dropped"] = json_point(steps.first_dropped, plan.notation);
  json["undecidable_commits"] = steps.undecidable;
  json["snapshot_size"] = steps.snapshot_bytes;
  json["log_size"] = steps.log_bytes;
  json["log_stored_size"] = steps.log_stored_bytes;
  json["space_needed"] = plan.space_needed;
  json["space_free"] = plan.space_free;
  json["other_directories"] = json_array(plan.others, [](const PlannedDirectory& other) {
    Json directory;
    directory["name"] = other.directory.name;
    directory["path"] = other.directory.path.native();
    directory["space_needed"] = other.directory.space_needed;
    directory["space_free"] = other.space_free;
    return directory;
  });
  json["removes"] = plan.removed;
  json["planning_seconds"] = json_seconds(plan.planning_time);
  json["warnings"] = steps.warnings;
  json["rejected_snapshots"] = json_array(steps.rejected, [](const RejectedSnapshot& snapshot) {
    Json rejected;
    rejected["id"] = snapshot.id;
    rejected["reason"] = snapshot.reason;
    return rejected;
  });
  return json;
}

Json error_json(Errc code, const std::string& message, const std::string& hint) {
  Json json;
  json["code"] = code_name(code);
  json["message"] = message;
  json["hint"] = hint.empty() ? Json(nullptr) : Json(hint);
  return json;
}

}  // namespace

Json render_json(const RestorePlan& plan) {
  Json json;
  json["schema"] = "pitrctl/restore/1";
  json["plan"] = plan_json(plan);
  return json;
}

Json render_json(const RestoreResult& result, const RestorePlan& plan) {
  const ReplayResult& replay = result.replay;
  Json json;
  json["reached"] = json_point(result.reached, plan.notation);
  json["timeline"] = plan.plan.timeline.value;
  json["restore_id"] = result.restore_id;
  json["files"] = replay.files;
  json["size"] = replay.size;
  json["snapshot_bytes"] = replay.snapshot_bytes;
  json["log_bytes"] = replay.log_bytes;
  json["compared_bytes"] = replay.compared_bytes;
  json["written_bytes"] = replay.written_bytes;
  json["records"] = replay.records;
  json["transactions"] = replay.transactions;
  json["snapshot_seconds"] = json_seconds(replay.snapshot_time);
  json["log_seconds"] = json_seconds(replay.log_time);
  json["sync_seconds"] = json_seconds(replay.sync_time);
  json["next_step"] = replay.next_step.empty() ? Json(nullptr) : Json(replay.next_step);
  json["total_seconds"] = json_seconds(result.total_time);
  return json;
}

Json render_json(const Error& error) { return error_json(error.code(), error.what(), error.hint()); }

Json render_json(const RefusedRestore& refused) {
  const Refusal& refusal = refused.refusal;
  const auto point = [&](const std::optional<TimelinePoint>& at) {
    return at ? json_timeline_point(*at, refused.notation) : Json(nullptr);
  };
  Json json = error_json(refusal.code, refusal.message, refusal.hint);
  json["before"] = point(refusal.before);
  json["after"] = point(refusal.after);
  json["candidates"] = json_array(refusal.candidates, [&](const TimelinePoint& candidate) {
    return json_timeline_point(candidate, refused.notation);
  });
  return json;
}

}  // namespace pitr::cmd
