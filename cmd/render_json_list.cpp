#include "cmd/json_values.hpp"
#include "cmd/render_json.hpp"
#include "cmd/words.hpp"
#include "repo/names.hpp"

namespace pitr::cmd {

namespace {

Json bridge_json(const Bridge& bridge, LsnNotation notation) {
  Json json;
  json["start"] = json_point(bridge.start, notation);
  json["end"] = json_point(bridge.end, notation);
  json["hidden_commits"] = json_or_null(bridge.hidden_commits);
  return json;
}

Json windows_json(const Inventory& inventory) {
  const LsnNotation notation = inventory.catalogue.notation;
  return json_array(inventory.survey.windows, [&](const Window& window) {
    Json json;
    json["timeline"] = window.timeline.value;
    json["snapshot"] = window.snapshot;
    json["start"] = json_point(window.start, notation);
    json["end"] = json_point(window.end, notation);
    json["ended_by"] = window_end_name(window.ended_by);
    json["commits"] = json_or_null(window.commits);
    json["stored_size"] = window.stored_bytes;
    json["bridges"] =
        json_array(window.bridges, [&](const Bridge& bridge) { return bridge_json(bridge, notation); });
    return json;
  });
}

Json snapshots_json(const Inventory& inventory) {
  const LsnNotation notation = inventory.catalogue.notation;
  return json_array(inventory.catalogue.snapshots, [&](const SnapshotManifest& snapshot) {
    Json json;
    json["id"] = snapshot.id;
    json["timeline"] = snapshot.timeline.value;
    json["start_lsn"] = format_lsn(snapshot.start_lsn, notation);
    json["consistent_lsn"] = format_lsn(snapshot.consistent_lsn, notation);
    json["point"] = json_point(snapshot.point, notation);
    json["captured_to"] = json_time_or_null(snapshot.captured_to);
    json["created_at"] = format_time(snapshot.created_at);
    json["files"] = snapshot.files;
    json["size"] = snapshot.size;
    json["new_bytes"] = snapshot.new_bytes;
    const auto remarks = inventory.remarks.find(snapshot.id);
    json["remarks"] = remarks == inventory.remarks.end() ? Json::array() : Json(remarks->second);
    return json;
  });
}

Json segment_json(const Inventory& inventory, TimelineId timeline, const SegmentEntry& entry) {
  const Catalogue& catalogue = inventory.catalogue;
  Json json;
  json["timeline"] = timeline.value;
  json["number"] = entry.number.value;
  json["last_number"] = entry.last_number.value;
  json["object"] = segment_key(timeline, entry.number, entry.last_number);
  const Catalogue::Loaded* loaded = catalogue.loaded(timeline, entry);
  const bool readable = loaded != nullptr && loaded->manifest;
  json["stored_size"] = readable ? Json(loaded->manifest->payload.stored_size) : Json(nullptr);
  json["problem"] = readable ? Json(nullptr) : Json(loaded == nullptr ? "not read" : loaded->problem);
  const SegmentManifest* manifest = readable ? &*loaded->manifest : nullptr;
  const auto put = [&](const char* key, auto value_of) {
    json[key] = manifest ? Json(value_of(*manifest)) : Json(nullptr);
  };
  const LsnNotation notation = catalogue.notation;
  put("content", [](const SegmentManifest& m) { return content_name(m.content); });
  put("start_lsn", [&](const SegmentManifest& m) { return format_lsn(m.start_lsn, notation); });
  put("end_lsn", [&](const SegmentManifest& m) { return format_lsn(m.end_lsn, notation); });
  put("commits", [](const SegmentManifest& m) { return json_or_null(m.commits.count); });
  put("hidden_commits", [](const SegmentManifest& m) { return json_or_null(m.hidden_commits); });
  put("first", [&](const SegmentManifest& m) { return json_point(m.commits.first, notation); });
  put("last", [&](const SegmentManifest& m) { return json_point(m.commits.last, notation); });
  put("captured_to", [](const SegmentManifest& m) { return json_time_or_null(m.captured_to); });
  put("archived_at", [](const SegmentManifest& m) { return format_time(m.archived_at); });
  put("size", [](const SegmentManifest& m) { return m.payload.size; });
  put("codec", [](const SegmentManifest& m) { return m.payload.codec; });
  const auto remarks = inventory.log_remarks.find({timeline, entry.number});
  json["remarks"] = remarks == inventory.log_remarks.end() ? Json::array() : Json(remarks->second);
  return json;
}

Json segments_json(const Inventory& inventory) {
  Json array = Json::array();
  for (const auto& [id, timeline] : inventory.catalogue.timelines) {
    for (const SegmentEntry& entry : timeline.segments) array.push_back(segment_json(inventory, id, entry));
  }
  return array;
}

Json timelines_json(const Inventory& inventory) {
  Json array = Json::array();
  for (const auto& [id, timeline] : inventory.catalogue.timelines) {
    const TimelineDocument* document = timeline.document ? &*timeline.document : nullptr;
    const bool forked = document != nullptr && document->parent;
    Json json;
    json["timeline"] = id.value;
    json["parent"] = forked ? Json(document->parent->value) : Json(nullptr);
    json["fork_lsn"] = forked && document->fork_lsn
                           ? Json(format_lsn(*document->fork_lsn, inventory.catalogue.notation))
                           : Json(nullptr);
    json["created_at"] = document != nullptr ? Json(format_time(document->created_at)) : Json(nullptr);
    json["restore_id"] = document != nullptr ? json_or_null(document->restore_id) : Json(nullptr);
    json["segments"] = timeline.segments.size();
    json["complete_to"] = json_time_or_null(complete_to(inventory, id));
    array.push_back(std::move(json));
  }
  return array;
}

Json restore_points_json(const Inventory& inventory) {
  return json_array(inventory.catalogue.restore_points, [&](const RestorePoint& point) {
    return json_restore_point(point, inventory.catalogue.notation);
  });
}

Json gaps_json(const Inventory& inventory) {
  const LsnNotation notation = inventory.catalogue.notation;
  return json_array(inventory.survey.gaps, [&](const Gap& gap) {
    Json json;
    json["timeline"] = gap.timeline.value;
    json["start"] = json_point(gap.start, notation);
    json["end"] = json_point(gap.end, notation);
    json["reason"] = gap.reason;
    json["missing_objects"] = gap.missing_objects;
    return json;
  });
}

Json conflicts_json(const Inventory& inventory) {
  return json_array(inventory.survey.conflicts, [](const LinkConflict& conflict) {
    Json json;
    json["timeline"] = conflict.timeline.value;
    json["segment"] = conflict.segment.value;
    json["message"] = conflict.message;
    return json;
  });
}

Json damaged_json(const Catalogue& catalogue) {
  const auto damage = [](const std::string& object, const std::string& problem) {
    Json json;
    json["object"] = object;
    json["problem"] = problem;
    return json;
  };
  Json array = json_array(catalogue.damaged, [&](const Damage& d) { return damage(d.object, d.problem); });
  for (const auto& [id, timeline] : catalogue.timelines) {
    for (const SegmentEntry& entry : timeline.segments) {
      const Catalogue::Loaded* loaded = catalogue.loaded(id, entry);
      if (loaded == nullptr || loaded->manifest) continue;
      array.push_back(damage(segment_key(id, entry.number, entry.last_number), loaded->problem));
    }
  }
  return array;
}

void put_overview(Json& json, const Inventory& inventory) {
  Json& repository = json["repository"] = Json::object();
  repository["id"] = inventory.repository;
  repository["location"] = inventory.location;
  repository["engine"] = inventory.engine;
  repository["compression"] = inventory.codec;
  repository["created_at"] = format_time(inventory.created_at);
  repository["stored_size"] = inventory.stored_bytes;
  json["looked_at"] = format_time(inventory.now);
  json["timelines"] = timelines_json(inventory);
  json["windows"] = windows_json(inventory);
  json["snapshots"] = snapshots_json(inventory);
  json["restore_points"] = restore_points_json(inventory);
  json["gaps"] = gaps_json(inventory);
  json["conflicts"] = conflicts_json(inventory);
  json["damaged"] = damaged_json(inventory.catalogue);
  json["log_remarks"] = log_remarks(inventory);
  json["unknown_objects"] = inventory.catalogue.unknown_objects;
}

void put_subject(Json& json, const Listing& listing) {
  const Inventory& inventory = listing.inventory;
  switch (listing.subject) {
    case ListSubject::windows:
      json["windows"] = windows_json(inventory);
      break;
    case ListSubject::snapshots:
      json["snapshots"] = snapshots_json(inventory);
      break;
    case ListSubject::segments:
      json["segments"] = segments_json(inventory);
      break;
    case ListSubject::timelines:
      json["timelines"] = timelines_json(inventory);
      break;
    case ListSubject::restore_points:
      json["restore_points"] = restore_points_json(inventory);
      break;
    case ListSubject::overview:
    case ListSubject::transactions:
      break;
  }
}

}  // namespace

Json render_json(const Listing& listing) {
  Json json;
  json["schema"] = "pitrctl/list/1";
  json["subject"] = subject_name(listing.subject);
  if (listing.subject == ListSubject::overview) {
    put_overview(json, listing.inventory);
  } else {
    put_subject(json, listing);
    json["truncated"] = listing.left_out > 0;
  }
  return json;
}

Json render_json(const TransactionList& list) {
  Json json;
  json["schema"] = "pitrctl/list/1";
  json["subject"] = subject_name(ListSubject::transactions);
  json["transactions"] = json_array(list.transactions, [&](const ListedTransaction& listed) {
    Json transaction = json_timeline_point({listed.timeline, listed.commit.point}, list.notation);
    transaction["not_before"] = json_time_or_null(listed.commit.not_before);
    transaction["not_after"] = json_time_or_null(listed.commit.not_after);
    transaction["bridge"] = listed.bridge;
    return transaction;
  });
  json["truncated"] = list.truncated;
  return json;
}

}  // namespace pitr::cmd
