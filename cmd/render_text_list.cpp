#include "cmd/human.hpp"
#include "cmd/render_text.hpp"
#include "cmd/render_text_overview.hpp"
#include "cmd/table.hpp"
#include "cmd/words.hpp"

#include <utility>

#include <fmt/format.h>

namespace pitr::cmd {

namespace {

using Align = Table::Align;

std::string windows_text(const Inventory& inventory) {
  const LsnNotation notation = inventory.catalogue.notation;
  Table table({{"timeline", Align::right},
               {"start"},
               {"lsn", Align::right},
               {"end"},
               {"lsn", Align::right},
               {"commits", Align::right},
               {"bridges", Align::right},
               {"ended by"},
               {"stored", Align::right},
               {"snapshot"}});
  for (const Window& window : inventory.survey.windows) {
    table.add({std::to_string(window.timeline.value), exact_time(window.start.time),
               format_lsn(window.start.lsn, notation), exact_time(window.end.time),
               format_lsn(window.end.lsn, notation), human_count(window.commits),
               std::to_string(window.bridges.size()), std::string(window_end_name(window.ended_by)),
               human_size(window.stored_bytes), window.snapshot});
  }
  return table.empty() ? "no point can be restored\n" : table.text();
}

std::string snapshots_text(const Inventory& inventory) {
  Table table({{"snapshot"},
               {"timeline", Align::right},
               {"time"},
               {"lsn", Align::right},
               {"taken"},
               {"files", Align::right},
               {"size", Align::right},
               {"new", Align::right}});
  for (const SnapshotManifest& snapshot : inventory.catalogue.snapshots) {
    table.add({snapshot.id, std::to_string(snapshot.timeline.value), exact_time(snapshot.point.time),
               format_lsn(snapshot.consistent_lsn, inventory.catalogue.notation),
               human_time(snapshot.created_at), human_count(snapshot.files), human_size(snapshot.size),
               human_size(snapshot.new_bytes)});
  }
  if (table.empty()) return "no snapshots\n";
  std::string out = table.text();
  for (const SnapshotManifest& snapshot : inventory.catalogue.snapshots) {
    const auto remarks = inventory.remarks.find(snapshot.id);
    if (remarks == inventory.remarks.end()) continue;
    for (const std::string& remark : remarks->second) out += fmt::format("warning: {}\n", printable(remark));
  }
  return out;
}

std::string number_of(const SegmentEntry& entry) {
  if (entry.number == entry.last_number) return std::to_string(entry.number.value);
  return fmt::format("{}-{}", entry.number.value, entry.last_number.value);
}

std::vector<std::string> segment_row(const Catalogue& catalogue, TimelineId timeline,
                                     const SegmentEntry& entry) {
  std::vector<std::string> row{std::to_string(timeline.value), number_of(entry)};
  const Catalogue::Loaded* loaded = catalogue.loaded(timeline, entry);
  if (loaded == nullptr || !loaded->manifest) {
    row.insert(row.end(), {"damaged", "-", "-", "-", "-", "-", "-", "-"});
    return row;
  }
  const SegmentManifest& manifest = *loaded->manifest;
  const auto bound = [&](Timestamp TimeBounds::*member) {
    return manifest.time ? exact_time((*manifest.time).*member) : "-";
  };
  row.insert(row.end(),
             {std::string(content_name(manifest.content)), format_lsn(manifest.start_lsn, catalogue.notation),
              format_lsn(manifest.end_lsn, catalogue.notation), human_count(manifest.commits.count),
              bound(&TimeBounds::min), bound(&TimeBounds::max), human_size(manifest.payload.size),
              human_size(manifest.payload.stored_size)});
  return row;
}

std::string segments_text(const Inventory& inventory) {
  Table table({{"timeline", Align::right},
               {"segment", Align::right},
               {"content"},
               {"start lsn", Align::right},
               {"end lsn", Align::right},
               {"commits", Align::right},
               {"first seen after"},
               {"last seen"},
               {"size", Align::right},
               {"stored", Align::right}});
  for (const auto& [id, timeline] : inventory.catalogue.timelines) {
    for (const SegmentEntry& entry : timeline.segments)
      table.add(segment_row(inventory.catalogue, id, entry));
  }
  return table.empty() ? "no segments\n"
                       : table.text() + damaged_segments_text(inventory) + log_remarks_text(inventory);
}

std::string timelines_text(const Inventory& inventory) {
  Table table({{"timeline", Align::right},
               {"parent", Align::right},
               {"fork lsn", Align::right},
               {"began"},
               {"segments", Align::right},
               {"complete to"}});
  for (const auto& [id, timeline] : inventory.catalogue.timelines) {
    std::vector<std::string> row{std::to_string(id.value), "-", "-", "damaged"};
    if (timeline.document) {
      const TimelineDocument& document = *timeline.document;
      if (document.parent) row[1] = std::to_string(document.parent->value);
      if (document.fork_lsn) row[2] = format_lsn(*document.fork_lsn, inventory.catalogue.notation);
      row[3] = human_time(document.created_at);
    }
    row.push_back(human_count(timeline.segments.size()));
    row.push_back(exact_time(complete_to(inventory, id)));
    table.add(std::move(row));
  }
  return table.empty() ? "no timelines\n" : table.text();
}

std::string restore_points_text(const Inventory& inventory) {
  Table table({{"restore point"},
               {"timeline", Align::right},
               {"lsn", Align::right},
               {"time"},
               {"created"},
               {"kept in"},
               {"description"}});
  for (const RestorePoint& point : inventory.catalogue.restore_points) {
    table.add({point.name, std::to_string(point.timeline.value),
               format_lsn(point.point.lsn, inventory.catalogue.notation), exact_time(point.point.time),
               human_time(point.created_at), point.logged ? "log" : "repository", point.description});
  }
  return table.empty() ? "no restore points\n" : table.text();
}

std::string subject_text(const Listing& listing, const TextStyle& style) {
  switch (listing.subject) {
    case ListSubject::windows:
      return windows_text(listing.inventory);
    case ListSubject::snapshots:
      return snapshots_text(listing.inventory);
    case ListSubject::segments:
      return segments_text(listing.inventory);
    case ListSubject::timelines:
      return timelines_text(listing.inventory);
    case ListSubject::restore_points:
      return restore_points_text(listing.inventory);
    case ListSubject::overview:
    case ListSubject::transactions:
      break;
  }
  return render_overview(listing, style);
}

}  // namespace

std::string render_text(const Listing& listing, const TextStyle& style) {
  std::string out = subject_text(listing, style);
  if (listing.left_out > 0) out += fmt::format("({} older not shown)\n", human_count(listing.left_out));
  return out;
}

std::string render_text(const TransactionList& list) {
  Table table({{"timeline", Align::right},
               {"xid", Align::right},
               {"lsn", Align::right},
               {"after"},
               {"not after"},
               {""}});
  for (const ListedTransaction& listed : list.transactions) {
    table.add({std::to_string(listed.timeline.value), human_xid(listed.commit.point.xid),
               format_lsn(listed.commit.point.lsn, list.notation), exact_time(listed.commit.not_before),
               exact_time(listed.commit.not_after), listed.bridge ? "bridge" : ""});
  }
  if (table.empty()) return "no transactions\n";
  return table.text() + (list.truncated ? "(older ones not shown; --limit N shows more)\n" : "");
}

}  // namespace pitr::cmd
