#include "cmd/human.hpp"
#include "cmd/render_text.hpp"
#include "repo/names.hpp"

#include <string_view>

#include <fmt/format.h>

namespace pitr::cmd {

namespace {

std::string line(std::string_view name, const std::string& text) {
  return fmt::format("  {:<15}{}\n", name, printable(text));
}

std::string verbose_lines(const RestorePlan& plan) {
  std::string out;
  for (const PlannedSegment& segment : plan.plan.segments) {
    out += line("segment", segment_key(segment.timeline, segment.entry.number, segment.entry.last_number));
  }
  return out + line("planned in", describe_duration(plan.planning_time));
}

// A server that recovers by itself tells of no records.
std::string log_text(const ReplayResult& replay) {
  const std::string in = describe_duration(replay.log_time);
  if (!replay.next_step.empty()) return fmt::format("{} in {}", human_size(replay.log_bytes), in);
  return fmt::format("{}, {}, {} in {}", human_size(replay.log_bytes), counted(replay.records, "record"),
                     counted(replay.transactions, "transaction"), in);
}

std::string candidate(std::string_view name, const TimelinePoint& point, LsnNotation notation) {
  return fmt::format("  {:<15}timeline {}, {}\n", name, point.timeline.value,
                     human_point(point.point, notation));
}

}  // namespace

std::string render_text(const RestorePlan& plan, const TextStyle& style) {
  const Plan& steps = plan.plan;
  std::string out = "plan\n";
  out += line("target", fmt::format("{}, on timeline {}", plan.target, steps.timeline.value));
  out += line("reaches", human_point(steps.reached, plan.notation));
  if (steps.first_dropped) out += line("drops from", human_point(*steps.first_dropped, plan.notation));
  if (steps.undecidable > 0) {
    out += line("undecidable",
                counted(steps.undecidable, "dropped commit") + " may have been made before the target time");
  }
  out += line("snapshot", fmt::format("{}, {}", steps.snapshot, human_size(steps.snapshot_bytes)));
  out += line("log", fmt::format("{}, {} ({} stored)", counted(steps.segments.size(), "segment"),
                                 human_size(steps.log_bytes), human_size(steps.log_stored_bytes)));
  out += line("writes to", plan.target_directory);
  out += line("space",
              fmt::format("{} needed, {} free", human_size(plan.space_needed), human_size(plan.space_free)));
  for (const PlannedDirectory& other : plan.others) {
    out += line(
        "", fmt::format("{} in {}: {} needed, {} free", other.directory.name, other.directory.path.native(),
                        human_size(other.directory.space_needed), human_size(other.space_free)));
  }
  for (const std::string& entry : plan.removed) out += line("removes", entry);
  for (const RejectedSnapshot& rejected : steps.rejected) {
    out += line("not from", fmt::format("{}: {}", rejected.id, rejected.reason));
  }
  for (const std::string& warning : steps.warnings) out += line("warning", warning);
  return style.verbose ? out + verbose_lines(plan) : out;
}

std::string render_text(const RestoreResult& result, const RestorePlan& plan) {
  const ReplayResult& replay = result.replay;
  std::string out = "restored\n";
  for (const std::string& file : replay.files)
    out += line("file", fmt::format("{}/{}", plan.target_directory, file));
  out += line("size", human_size(replay.size));
  out += line("reached", human_point(result.reached, plan.notation));
  out += line("snapshot", fmt::format("{} read in {}", human_size(replay.snapshot_bytes),
                                      describe_duration(replay.snapshot_time)));
  if (replay.next_step.empty() || replay.log_bytes > 0) out += line("log", log_text(replay));
  if (replay.compared_bytes > 0) out += line("compared", human_size(replay.compared_bytes));
  out += line("written", fmt::format("{}, synced in {}", human_size(replay.written_bytes),
                                     describe_duration(replay.sync_time)));
  out += line("total", describe_duration(result.total_time));
  return replay.next_step.empty() ? out : out + line("next", replay.next_step);
}

std::string render_text(const RefusedRestore& refused) {
  const Refusal& refusal = refused.refusal;
  std::string out;
  if (refusal.before) out += candidate("nearest before", *refusal.before, refused.notation);
  if (refusal.after) out += candidate("nearest after", *refusal.after, refused.notation);
  for (const TimelinePoint& point : refusal.candidates)
    out += candidate("candidate", point, refused.notation);
  return out;
}

}  // namespace pitr::cmd
