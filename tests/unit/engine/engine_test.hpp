#pragma once

#include "engine/sqlite/continuation.hpp"
#include "engine/sqlite/live_database.hpp"
#include "engine/sqlite/look_note.hpp"
#include "engine/sqlite/position.hpp"
#include "engine/sqlite/stored_wal.hpp"
#include "support/caught.hpp"
#include "support/sqlite_archive.hpp"
#include "support/sqlite_database.hpp"

#include <vector>

#include <fcntl.h>

namespace pitr::test {

// A live database opened as the engine opens it.
struct Live {
  explicit Live(const fs::path& path) : database(path), wal(database), index(database.index()) {}
  sqlite::LiveDatabase database;
  sqlite::LiveWal wal;
  sqlite::WalIndex index;
};

// The position that a segment would have which ends at the state of now.
inline sqlite::Position position_of(const fs::path& path) {
  const Live live(path);
  sqlite::Position position;
  position.page_size = live.database.page_size();
  position.page_count = live.index.pages;
  position.place = {live.index.salts, live.index.big_endian, live.index.max_frame, live.index.checksum};
  position.change = live.index.change;
  return position;
}

inline sqlite::Continuation prove(const fs::path& path, const sqlite::Position& since,
                                  sqlite::DatabaseFile file = sqlite::DatabaseFile::may_have_changed) {
  const Live live(path);
  return prove_continuation(live.wal, live.index, since, file);
}

inline std::size_t commits_in(const sqlite::Continuation& continuation) {
  std::size_t commits = 0;
  for (const auto& run : continuation.runs) commits += run.commits.size();
  return commits;
}

// A log as segments hold it, with a frame for each page given; commit: the size it commits, or 0.
struct Frame {
  std::uint32_t page;
  std::uint32_t commit;
  unsigned char fill;
};

inline Bytes log_of(std::uint32_t page_size, const std::vector<Frame>& frames) {
  BytesSink sink;
  sqlite::WalWriter writer(sink, page_size);
  for (const Frame& frame : frames)
    writer.frame(frame.page, frame.commit, Bytes(page_size, std::byte{frame.fill}));
  return sink.bytes;
}

// Such a log as a segment that begins at an LSN, as a bridge or log would be stored.
inline StoredSegment segment_of(std::uint32_t page_size, const std::vector<Frame>& frames, Lsn start,
                                std::uint64_t xid_before = 0) {
  StoredSegment segment;
  segment.raw = log_of(page_size, frames);
  sqlite::SegmentData data;
  data.file = "app.db";
  data.position.page_size = page_size;
  data.position.xid = {xid_before};
  data.look = {Timestamp{1000}, Timestamp{2000}, Timestamp{3000}};
  SegmentManifest& manifest = segment.manifest;
  manifest.engine = "sqlite";
  manifest.timeline = {1};
  manifest.number = {1};
  manifest.content = SegmentContent::bridge;
  manifest.start_lsn = start;
  manifest.end_lsn = {start.value + frames.size()};
  manifest.payload.size = segment.raw.size();
  manifest.time = TimeBounds{{1000}, {3000}};
  for (std::size_t i = 0; i < frames.size(); ++i) {
    if (frames[i].commit == 0) continue;
    ++data.position.xid.value;
    data.position.page_count = frames[i].commit;
    const Point point{{start.value + i + 1}, Timestamp{3000}, data.position.xid};
    if ((*manifest.commits.count)++ == 0) manifest.commits.first = point;
    manifest.commits.last = point;
  }
  manifest.engine_data = to_json(data);
  return segment;
}

inline void write_file(const fs::path& path, ByteView bytes) {
  const Fd fd = open_file(path, O_WRONLY | O_CREAT | O_TRUNC);
  write_all(fd.get(), bytes, path);
}

}  // namespace pitr::test
