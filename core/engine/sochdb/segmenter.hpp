#pragma once

#include "engine/engine.hpp"
#include "engine/sochdb/frame_format.hpp"
#include "engine/sochdb/live_view.hpp"
#include "engine/sochdb/log_reader.hpp"
#include "engine/sochdb/segment_data.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace pitr::sochdb {

// What a view shows behind an archived place.
struct NewLog {
  std::vector<std::unique_ptr<SegmentDraft>> drafts;
  Lsn end;                                   // of what they hold
  std::uint64_t records = 0;                 // in them
  std::optional<std::uint64_t> commits = 0;  // absent where they cannot be read for want of the key
  // The latest commit in them, by the clocks of their writers.
  std::optional<Timestamp> latest;
  LogStop stop;  // its places are those in the file
};

inline constexpr std::uint64_t kSegmentSize = std::uint64_t{64} * 1024 * 1024;

// Up to when a log is complete that was looked at at one time and shows a latest commit: what is written
// behind that one may bear the same time, but none before it.
Timestamp complete_to(Timestamp looked_at, const std::optional<Timestamp>& latest);

// Cuts the records behind `state` into segments: each ends behind the first commit after 64 MiB, the last
// where the good records do. `state` is the segment, or as good as one, that ends at that place; `data` what
// it says, with what is known of the database now. `looked_at`: when the view was taken, or a little before.
// Throws Errc::unavailable when the log is not the same any more. The drafts keep the view.
NewLog cut_segments(const std::shared_ptr<const LiveView>& view, FrameFormat& format,
                    const SegmentManifest& state, const SegmentData& data, Timestamp looked_at);

// A segment without log at the end of `state`.
SegmentManifest empty_segment(const SegmentManifest& state, const SegmentData& data, SegmentContent content);
std::unique_ptr<SegmentDraft> make_empty_draft(SegmentManifest manifest);

}  // namespace pitr::sochdb
