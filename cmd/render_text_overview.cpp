#include "cmd/render_text_overview.hpp"

#include "cmd/drawing.hpp"
#include "cmd/human.hpp"
#include "cmd/table.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace pitr::cmd {

namespace {

std::string heading(const Inventory& inventory) {
  return fmt::format("{}\n  {}, {}, {} stored, created {}\n", printable(inventory.location), inventory.engine,
                     inventory.codec, human_size(inventory.stored_bytes), human_time(inventory.created_at));
}

// "2026-11-23 10:00:00Z to 2026-11-23 10:20:00Z", or "LSN 0 to 100" where times are not known.
std::string stretch(const Point& start, const Point& end, LsnNotation notation) {
  if (start.time && end.time) return human_time(*start.time) + " to " + human_time(*end.time);
  return fmt::format("LSN {} to {}", format_lsn(start.lsn, notation), format_lsn(end.lsn, notation));
}

std::string window_line(const Window& window, LsnNotation notation) {
  std::string line = "  " + stretch(window.start, window.end, notation);
  if (window.start.time && window.end.time) {
    line += ", " + describe_duration(*window.end.time - *window.start.time);
  }
  line += ", " + counted(window.commits, "commit");
  if (!window.bridges.empty()) line += ", " + counted(window.bridges.size(), "bridge");
  if (window.ended_by == WindowEnd::gap) line += ", then a gap";
  if (window.ended_by == WindowEnd::conflict) line += ", then a conflict";
  return line + "\n";
}

const SnapshotManifest* newest_snapshot(const Catalogue& catalogue, TimelineId timeline) {
  const SnapshotManifest* newest = nullptr;
  for (const SnapshotManifest& snapshot : catalogue.snapshots) {
    const bool ours = snapshot.timeline == timeline;
    if (ours && (newest == nullptr || snapshot.created_at > newest->created_at)) newest = &snapshot;
  }
  return newest;
}

std::string timeline_title(const TimelineEntry& timeline, LsnNotation notation) {
  std::string title = fmt::format("timeline {}", timeline.id.value);
  if (!timeline.document) return title + " (its document is missing or damaged)";
  if (timeline.document->parent && timeline.document->fork_lsn) {
    title += fmt::format(", from timeline {} at LSN {}", timeline.document->parent->value,
                         format_lsn(*timeline.document->fork_lsn, notation));
  }
  return title;
}

std::string timeline_text(const Inventory& inventory, const TimelineEntry& timeline, const TextStyle& style) {
  const Catalogue& catalogue = inventory.catalogue;
  std::string out = "\n" + timeline_title(timeline, catalogue.notation) + "\n";
  bool any = false;
  for (const Window& window : inventory.survey.windows) {
    if (window.timeline != timeline.id) continue;
    out += window_line(window, catalogue.notation);
    any = true;
  }
  const auto ours = [&](const Gap& gap) { return gap.timeline == timeline.id; };
  if (!any) {
    const bool cut_off = std::any_of(inventory.survey.gaps.begin(), inventory.survey.gaps.end(), ours);
    out += cut_off ? "  no point of it can be restored\n" : "  no commit of its own yet\n";
  }
  if (const auto complete = complete_to(inventory, timeline.id)) {
    out += fmt::format("  complete to {}, {}\n", human_time(*complete), age(*complete, inventory.now));
  }
  if (const SnapshotManifest* newest = newest_snapshot(catalogue, timeline.id)) {
    out += fmt::format("  newest snapshot {}, {}, {}\n", newest->id, age(newest->created_at, inventory.now),
                       human_size(newest->size));
  }
  const std::string drawing = draw_timeline(inventory, timeline.id, {style.width, style.unicode});
  return drawing.empty() ? out : out + "\n" + drawing;
}

std::string gap_line(const Gap& gap, LsnNotation notation) {
  std::string place = "before " + (gap.end ? human_point(*gap.end, notation) : "its end");
  if (gap.start) place = "after " + human_point(*gap.start, notation);
  if (gap.start && gap.end) {
    place =
        fmt::format("LSN {} to {}", format_lsn(gap.start->lsn, notation), format_lsn(gap.end->lsn, notation));
    if (gap.start->time && gap.end->time) place += ", " + stretch(*gap.start, *gap.end, notation);
  }
  return fmt::format("  gap on timeline {}, {}: {}\n", gap.timeline.value, place, printable(gap.reason));
}

std::string problems_text(const Inventory& inventory) {
  const LsnNotation notation = inventory.catalogue.notation;
  std::string out;
  for (const Gap& gap : inventory.survey.gaps) out += gap_line(gap, notation);
  for (const LinkConflict& conflict : inventory.survey.conflicts) {
    out +=
        fmt::format("  conflict on timeline {}: {}\n", conflict.timeline.value, printable(conflict.message));
  }
  for (const Damage& damage : inventory.catalogue.damaged) {
    out += fmt::format("  damaged: {}: {}\n", printable(damage.object), printable(damage.problem));
  }
  out += damaged_segments_text(inventory);
  return out.empty() ? out : "\nproblems (pitrctl validate tells more)\n" + out;
}

std::string restore_points_text(const Inventory& inventory) {
  if (inventory.catalogue.restore_points.empty()) return {};
  Table table({{"restore point"},
               {"timeline", Table::Align::right},
               {"lsn", Table::Align::right},
               {"time"},
               {"kept in"},
               {"description"}});
  for (const RestorePoint& point : inventory.catalogue.restore_points) {
    table.add({point.name, std::to_string(point.timeline.value),
               format_lsn(point.point.lsn, inventory.catalogue.notation), exact_time(point.point.time),
               point.logged ? "log" : "repository", point.description});
  }
  return "\n" + table.text();
}

std::string details(const Inventory& inventory) {
  std::string out = fmt::format("\nrepository id {}\n", inventory.repository);
  for (const std::string& object : inventory.catalogue.unknown_objects) {
    out += fmt::format("not an object of a repository: {}\n", printable(object));
  }
  return out;
}

}  // namespace

std::string damaged_segments_text(const Inventory& inventory) {
  std::string out;
  for (const auto& [id, timeline] : inventory.catalogue.timelines) {
    for (const SegmentEntry& entry : timeline.segments) {
      const Catalogue::Loaded* loaded = inventory.catalogue.loaded(id, entry);
      if (loaded == nullptr || loaded->manifest) continue;
      out += fmt::format("  damaged: segment {} of timeline {}: {}\n", entry.number.value, id.value,
                         printable(loaded->problem));
    }
  }
  return out;
}

std::string log_remarks_text(const Inventory& inventory) {
  std::string out;
  for (const std::string& remark : log_remarks(inventory))
    out += fmt::format("warning: {}\n", printable(remark));
  return out;
}

std::string render_overview(const Listing& listing, const TextStyle& style) {
  const Inventory& inventory = listing.inventory;
  std::string out = heading(inventory);
  if (inventory.catalogue.timelines.empty()) out += "\nnothing is archived here yet\n";
  for (const auto& [id, timeline] : inventory.catalogue.timelines)
    out += timeline_text(inventory, timeline, style);
  out += problems_text(inventory) + restore_points_text(inventory);
  if (const std::string remarks = log_remarks_text(inventory); !remarks.empty()) out += "\n" + remarks;
  return style.verbose ? out + details(inventory) : out;
}

}  // namespace pitr::cmd
