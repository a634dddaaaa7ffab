#include "cmd/human.hpp"
#include "cmd/render_text.hpp"
#include "cmd/table.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace pitr::cmd {

namespace {

bool holds_log(const ArchivedSegment& segment) {
  return segment.content == SegmentContent::log || segment.content == SegmentContent::bridge;
}

std::string because(const std::string& reason) { return reason.empty() ? "" : ": " + printable(reason); }

std::string commits_line(const ArchiveReport& report) {
  std::uint64_t size = 0;
  std::uint64_t stored = 0;
  std::uint64_t count = 0;
  const ArchivedSegment* first = nullptr;
  const ArchivedSegment* last = nullptr;
  for (const ArchivedSegment& segment : report.segments) {
    if (!holds_log(segment)) continue;
    size += segment.size;
    stored += segment.stored_size;
    ++count;
    if (first == nullptr) first = &segment;
    last = &segment;
  }
  if (first == nullptr) return {};
  return fmt::format("archived {} on timeline {}: LSN {} to {}, {}, {} ({} stored)\n",
                     counted(report.commits, "commit"), report.timeline.value,
                     format_lsn(first->start_lsn, report.notation),
                     format_lsn(last->end_lsn, report.notation), counted(count, "segment"), human_size(size),
                     human_size(stored));
}

std::string bridge_lines(const ArchiveReport& report) {
  std::string out;
  for (const ArchivedSegment& segment : report.segments) {
    if (segment.content != SegmentContent::bridge) continue;
    out += fmt::format("bridge from LSN {} to {}: {} in between cannot be restored one by one{}\n",
                       format_lsn(segment.start_lsn, report.notation),
                       format_lsn(segment.end_lsn, report.notation),
                       counted(segment.hidden_commits, "commit"), because(report.reason));
  }
  return out;
}

std::string snapshot_line(const ArchiveReport& report) {
  if (!report.snapshot) return {};
  return fmt::format("took snapshot {} on timeline {}: {} ({} new)\n", *report.snapshot,
                     report.timeline.value, human_size(report.snapshot_size),
                     human_size(report.snapshot_new_bytes));
}

std::string damage_lines(const ArchiveReport& report) {
  if (!is_damaged(report)) return {};
  std::string out = "DAMAGED: the log of the database cannot be read on behind what is archived\n";
  if (report.damaged_pages > 0) {
    out = fmt::format(
        "DAMAGED: {} of the database have checksums that do not hold; the snapshot has them as they are\n",
        counted(report.damaged_pages, "page"));
  }
  for (const std::string& damage : report.damage) out += fmt::format("  {}\n", printable(damage));
  if (report.damaged_pages > report.damage.size())
    out += fmt::format("  and {} more\n", report.damaged_pages - report.damage.size());
  return out;
}

std::string file_lines(const ArchiveReport& report) {
  std::string out;
  for (const std::string& name : report.files) out += fmt::format("stored {}\n", printable(name));
  return out;
}

std::string segment_table(const ArchiveReport& report) {
  using Align = Table::Align;
  Table table({{"segment", Align::right},
               {"content"},
               {"start lsn", Align::right},
               {"end lsn", Align::right},
               {"commits", Align::right},
               {"size", Align::right},
               {"stored", Align::right}});
  for (const ArchivedSegment& segment : report.segments) {
    table.add({std::to_string(segment.number.value), std::string(content_name(segment.content)),
               format_lsn(segment.start_lsn, report.notation), format_lsn(segment.end_lsn, report.notation),
               human_count(segment.commits), human_size(segment.size), human_size(segment.stored_size)});
  }
  return table.empty() ? std::string() : table.text(2);
}

}  // namespace

std::string render_text(const InitReport& report) {
  return fmt::format("created repository {} at {} for {}, compressed with {}\n", report.repository,
                     printable(report.location), report.engine, to_text(report.codec)) +
         (report.advice.empty() ? "" : fmt::format("hint: {}\n", printable(report.advice)));
}

std::string render_text(const ArchiveReport& report, const TextStyle& style) {
  std::string out;
  const bool bridged =
      std::any_of(report.segments.begin(), report.segments.end(),
                  [](const ArchivedSegment& segment) { return segment.content == SegmentContent::bridge; });
  if (report.new_timeline) {
    out += fmt::format("began timeline {}{}\n", report.timeline.value, bridged ? "" : because(report.reason));
  }
  if (report.gap)
    out += fmt::format("gap: log before this run's snapshot is missing{}\n", because(report.reason));
  out += commits_line(report) + bridge_lines(report) + file_lines(report) + snapshot_line(report);
  if (out.empty()) {
    const std::string since = report.head ? " since " + human_point(*report.head, report.notation) : "";
    out = fmt::format("nothing new on timeline {}{}\n", report.timeline.value, since);
  }
  out += damage_lines(report);
  return style.verbose ? out + segment_table(report) : out;
}

std::string render_text(const FetchReport& report) {
  if (report.origin == FetchReport::Origin::nowhere)
    return fmt::format("{} is not archived: {}\n", printable(report.name), report.reason);
  return fmt::format("fetched {} to {}, {}{}\n", printable(report.name), printable(report.destination),
                     human_size(report.size),
                     report.origin == FetchReport::Origin::spool ? ", got ahead of time" : "");
}

namespace {

std::string restore_point_line(const char* done, const RestorePoint& point, LsnNotation notation) {
  return fmt::format("{} restore point {} on timeline {} at {}\n", done, printable(point.name),
                     point.timeline.value, human_point(point.point, notation));
}

}  // namespace

std::string render_text(const CreateRestorePointReport& report, const TextStyle& style) {
  const std::string line = restore_point_line("created", report.restore_point, report.notation);
  if (!report.archived) return line + "its log is not archived yet: it cannot be restored until then\n";
  return report.archive ? render_text(*report.archive, style) + line : line;
}

std::string render_text(const DeleteRestorePointReport& report) {
  return restore_point_line("deleted", report.restore_point, report.notation);
}

}  // namespace pitr::cmd
