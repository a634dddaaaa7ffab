#pragma once

#include "base/time.hpp"
#include "model/catalogue.hpp"
#include "model/point.hpp"

#include <optional>
#include <string>

namespace pitr {

// How plans and refusals name things to people.

// "segment 12 of timeline 1", "merged segment 12-14 of timeline 1".
std::string name_segment(TimelineId timeline, const SegmentEntry& entry);

// "segment 12 of timeline 1 is missing", "segments 12 to 14 of timeline 1 are missing".
std::string missing_segments(TimelineId timeline, SegmentNumber first, SegmentNumber last);

// "LSN 120 (transaction 17, 2026-11-23T10:11:12.000000Z)".
std::string name_point(const Point& point, LsnNotation notation);

// "1 commit", "3 commits".
std::string count_commits(std::uint64_t commits);

// Of commits behind the cut of a target time, although their own times are not later.
std::string warn_of_early_commits(std::uint64_t commits);

// How far a time lies from another, with a blank behind: "5 min "; empty where that cannot be said.
std::string distance_between(Timestamp time, std::optional<Timestamp> from);

// As the command line takes it, not less than the duration: "90s", "250ms".
std::string duration_option(Duration duration);

}  // namespace pitr
