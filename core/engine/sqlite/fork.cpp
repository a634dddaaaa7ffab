#include "engine/sqlite/fork.hpp"

#include "engine/sqlite/stored_wal.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace pitr::sqlite {

namespace {

bool holds(const CommitRun& live, std::uint32_t frame, const Checksum& checksum) {
  if (frame == live.from.frame) return checksum == live.from.checksum;
  const auto it =
      std::lower_bound(live.commits.begin(), live.commits.end(), frame,
                       [](const Commit& commit, std::uint32_t number) { return commit.frame < number; });
  return it != live.commits.end() && it->frame == frame && it->checksum == checksum;
}

// Within a segment whose start both have in common (`fork` to begin with): its last commit that both have.
ForkPoint fork_within(const SegmentManifest& manifest, const SegmentData& data, ByteSource& source,
                      const CommitRun& live, ForkPoint fork) {
  const std::uint32_t page_size = data.position.page_size;
  StoredWal wal(source, page_size,
                fmt::format("segment {} of timeline {}", manifest.number.value, manifest.timeline.value));
  Checksum checksum = data.checksum_in;
  while (const auto frame = wal.next()) {
    checksum = carry_on_frame(checksum, frame->bytes, page_size, live.from.big_endian);
    if (frame->commit_pages == 0) continue;
    const auto number = static_cast<std::uint32_t>(*data.first_frame - 1 + wal.frames());
    if (!holds(live, number, checksum)) break;
    fork = {{manifest.start_lsn.value + wal.frames()}, {fork.xid.value + 1}, fork.place, frame->commit_pages};
    fork.place.frame = number;
    fork.place.checksum = checksum;
  }
  return fork;
}

std::uint32_t pages_before(const ChainContents& contents, std::size_t segment, std::uint32_t page_size) {
  if (segment > 0) return segment_data(contents.segments()[segment - 1].manifest).position.page_count;
  return static_cast<std::uint32_t>(contents.files().files.at(0).size / page_size);
}

}  // namespace

std::optional<ForkPoint> find_fork(const ChainContents& contents, const CommitRun& live) {
  for (std::size_t i = contents.segments().size(); i-- > 0;) {
    const ChainSegment& segment = contents.segments()[i];
    const SegmentManifest& manifest = segment.manifest;
    const SegmentData data = segment_data(manifest);
    const Position& end = data.position;
    if (end.place.salts != live.from.salts || segment.to != manifest.end_lsn) return std::nullopt;
    if (holds(live, end.place.frame, end.place.checksum)) {
      return ForkPoint{manifest.end_lsn, end.xid, end.place, end.page_count};
    }
    if (manifest.content == SegmentContent::mark) continue;
    if (!data.first_frame) return std::nullopt;
    if (!holds(live, *data.first_frame - 1, data.checksum_in)) continue;
    ForkPoint start{manifest.start_lsn,
                    {end.xid.value - manifest.commits.count.value_or(0)},
                    {end.place.salts, end.place.big_endian, *data.first_frame - 1, data.checksum_in},
                    pages_before(contents, i, end.page_size)};
    const auto source = contents.open_segment(i);
    return fork_within(manifest, data, *source, live, start);
  }
  return std::nullopt;
}

}  // namespace pitr::sqlite
