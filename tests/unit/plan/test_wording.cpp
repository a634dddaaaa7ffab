#include "plan/wording.hpp"
#include "support/catalogue_builder.hpp"

#include <doctest/doctest.h>

using namespace pitr;

TEST_CASE("segments are named by number and timeline") {
  CHECK(name_segment(TimelineId{2}, {SegmentNumber{12}, SegmentNumber{12}, {}}) ==
        "segment 12 of timeline 2");
  CHECK(name_segment(TimelineId{1}, {SegmentNumber{12}, SegmentNumber{14}, {}}) ==
        "merged segment 12-14 of timeline 1");
  CHECK(missing_segments(TimelineId{1}, SegmentNumber{3}, SegmentNumber{3}) ==
        "segment 3 of timeline 1 is missing");
  CHECK(missing_segments(TimelineId{1}, SegmentNumber{3}, SegmentNumber{5}) ==
        "segments 3 to 5 of timeline 1 are missing");
}

TEST_CASE("a point is named with what is known of it") {
  const Timestamp time = test::at_second(1);
  CHECK(name_point({Lsn{7}, {}, {}}, LsnNotation::decimal) == "LSN 7");
  CHECK(name_point({Lsn{7}, {}, Xid{3}}, LsnNotation::decimal) == "LSN 7 (transaction 3)");
  CHECK(name_point({Lsn{7}, time, {}}, LsnNotation::decimal) == "LSN 7 (2026-01-01T00:00:01.000000Z)");
  CHECK(name_point({Lsn{7}, time, Xid{3}}, LsnNotation::hex_pair) ==
        "LSN 0/7 (transaction 3, 2026-01-01T00:00:01.000000Z)");
}

TEST_CASE("a duration is written so that the option takes no less") {
  CHECK(duration_option(std::chrono::seconds(90)) == "90s");
  CHECK(duration_option(std::chrono::milliseconds(250)) == "250ms");
  CHECK(duration_option(std::chrono::microseconds(250'001)) == "251ms");
}
