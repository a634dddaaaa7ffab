#include "plan/wording.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace pitr {

std::string name_segment(TimelineId timeline, const SegmentEntry& entry) {
  if (entry.number == entry.last_number) {
    return fmt::format("segment {} of timeline {}", entry.number.value, timeline.value);
  }
  return fmt::format("merged segment {}-{} of timeline {}", entry.number.value, entry.last_number.value,
                     timeline.value);
}

std::string missing_segments(TimelineId timeline, SegmentNumber first, SegmentNumber last) {
  if (first == last) return fmt::format("segment {} of timeline {} is missing", first.value, timeline.value);
  return fmt::format("segments {} to {} of timeline {} are missing", first.value, last.value, timeline.value);
}

std::string name_point(const Point& point, LsnNotation notation) {
  std::string text = "LSN " + format_lsn(point.lsn, notation);
  if (point.xid && point.time) {
    text += fmt::format(" (transaction {}, {})", point.xid->value, format_time(*point.time));
  } else if (point.xid) {
    text += fmt::format(" (transaction {})", point.xid->value);
  } else if (point.time) {
    text += fmt::format(" ({})", format_time(*point.time));
  }
  return text;
}

std::string count_commits(std::uint64_t commits) {
  return commits == 1 ? "1 commit" : fmt::format("{} commits", commits);
}

std::string warn_of_early_commits(std::uint64_t commits) {
  return fmt::format("{} later in the log with earlier times, because a clock went back: dropped too",
                     count_commits(commits));
}

std::string distance_between(Timestamp time, std::optional<Timestamp> from) {
  if (!from || *from == time) return {};
  return describe_duration(std::max(time - *from, *from - time)) + " ";
}

std::string duration_option(Duration duration) {
  constexpr std::int64_t kSecond = 1'000'000;
  constexpr std::int64_t kMillisecond = 1'000;
  if (duration.count() % kSecond == 0) return fmt::format("{}s", duration.count() / kSecond);
  return fmt::format("{}ms", (duration.count() + kMillisecond - 1) / kMillisecond);
}

}  // namespace pitr
