#include "engine/sqlite/replay.hpp"

#include "base/atomic_file.hpp"
#include "base/buffer_pool.hpp"
#include "base/error.hpp"
#include "base/worker_pool.hpp"
#include "engine/sqlite/position.hpp"
#include "engine/sqlite/restored_pages.hpp"
#include "engine/sqlite/segmenter.hpp"
#include "engine/sqlite/stored_wal.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <utility>

#include <boost/filesystem/operations.hpp>
#include <fmt/format.h>

namespace pitr::sqlite {

namespace {

Duration elapsed_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() - start);
}

std::string segment_name(const SegmentManifest& manifest) {
  return fmt::format("segment {} of timeline {}", manifest.number.value, manifest.timeline.value);
}

const SnapshotFile& only_file(const ChainContents& contents) {
  if (contents.files().files.size() != 1 || !is_database_name(contents.files().files.front().path)) {
    throw Error(Errc::corrupt,
                fmt::format("snapshot {} does not hold one database file", contents.snapshot().id));
  }
  return contents.files().files.front();
}

std::uint32_t snapshot_page_size(const ChainContents& contents) {
  const JsonReader data(contents.snapshot().engine_data, fmt::format("snapshot {}", contents.snapshot().id));
  const std::uint32_t page_size = data.u32("page_size");
  if (!is_page_size(page_size) || only_file(contents).size % page_size != 0) {
    data.fail("page_size", "is not the page size of its database file");
  }
  return page_size;
}

bool is_streamed(const SegmentManifest& manifest) {
  return manifest.payload.size > Segmenter::kSegmentSize + kWalHeaderSize;
}

// One byte more, so that the end of a source shows.
std::size_t largest_in_memory(const ChainContents& contents) {
  std::uint64_t largest = 0;
  for (const ChainSegment& segment : contents.segments()) {
    if (!is_streamed(segment.manifest)) largest = std::max(largest, segment.manifest.payload.size);
  }
  return static_cast<std::size_t>(largest) + 1;
}

// A segment's raw log, at the beginning of a buffer of the pool; empty when it is to be streamed.
struct RawLog {
  Bytes buffer;
  std::size_t size = 0;
  [[nodiscard]] ByteView bytes() const { return ByteView(buffer).first(size); }
};

class Replay {
 public:
  explicit Replay(const ReplayRequest& request)
      : request_(request),
        contents_(request.contents),
        file_(only_file(contents_)),
        page_size_(snapshot_page_size(contents_)),
        partial_(request.staging_directory / (file_.path + ".partial")),
        pages_(partial_, page_size_),
        buffers_(largest_in_memory(contents_)),
        pool_(request.jobs) {}

  ReplayResult run() {
    replay_log();
    fill_from_snapshot();
    publish();
    result_.written_bytes = pages_.written_bytes();
    result_.size = std::uint64_t{pages_.page_count()} * page_size_;
    result_.files = {file_.path};
    return std::move(result_);
  }

 private:
  // Newest first: workers read ahead, this thread decides.
  void replay_log() {
    const auto start = std::chrono::steady_clock::now();
    const auto& segments = contents_.segments();
    std::uint64_t total = 0;
    for (const auto& segment : segments) total += segment.manifest.payload.size;
    request_.progress.begin("log", total);
    std::atomic<bool> done = false;
    const auto index_of = [&](std::size_t i) { return segments.size() - 1 - i; };
    ordered_parallel(
        pool_, segments.size(), request_.jobs + 1,
        [&](std::size_t i) { return done ? RawLog() : read_segment(index_of(i)); },
        [&](std::size_t i, RawLog raw) {
          if (!done) apply(index_of(i), raw.bytes());
          if (!raw.buffer.empty()) buffers_.give_back(std::move(raw.buffer));
          done = sized_ && pages_.all_settled();
          request_.progress.advance(segments[index_of(i)].manifest.payload.size);
        });
    if (!sized_) size_to(static_cast<std::uint32_t>(file_.size / page_size_));
    result_.log_time = elapsed_since(start);
  }

  RawLog read_segment(std::size_t index) {
    if (is_streamed(contents_.segments()[index].manifest)) return {};
    RawLog raw{buffers_.take()};
    const auto source = contents_.open_segment(index);
    while (const std::size_t length = source->read(std::span(raw.buffer).subspan(raw.size)))
      raw.size += length;
    return raw;
  }

  void apply(std::size_t index, ByteView raw) {
    const ChainSegment& segment = contents_.segments()[index];
    result_.log_bytes += segment.manifest.payload.size;
    if (!is_streamed(segment.manifest)) {
      apply_backwards(segment, raw);
    } else if (segment.to == segment.manifest.end_lsn) {
      apply_streamed(index, segment.manifest);
    }
  }

  // From the last commit that counts back to the first frame.
  void apply_backwards(const ChainSegment& segment, ByteView raw) {
    const SegmentManifest& manifest = segment.manifest;
    const std::uint64_t first = segment.from.value - manifest.start_lsn.value;
    std::uint64_t frames = segment.to.value - manifest.start_lsn.value;
    const std::size_t frame_size = kFrameHeaderSize + page_size_;
    const auto header = parse_wal_header(raw);
    if (!header || header->page_size != page_size_ || raw.size() < kWalHeaderSize + frames * frame_size) {
      throw Error(Errc::corrupt, segment_name(manifest) + ": its raw log is not what its manifest says");
    }
    const auto frame_at = [&](std::uint64_t i) { return raw.data() + kWalHeaderSize + i * frame_size; };
    while (frames > first && load_be32(frame_at(frames - 1) + 4) == 0) --frames;
    result_.records += frames - first;
    for (std::uint64_t i = frames; i-- > first;) {
      const FrameHeader frame = parse_frame_header(frame_at(i));
      if (frame.commit_pages != 0) {
        ++result_.transactions;
        size_to(frame.commit_pages);
      }
      if (frame.page == 0) throw Error(Errc::corrupt, segment_name(manifest) + ": a frame has page number 0");
      pages_.offer(frame.page, ByteView(frame_at(i) + kFrameHeaderSize, page_size_));
    }
  }

  // One transaction too large for memory, forwards. Its pages may come twice; the last one counts.
  void apply_streamed(std::size_t index, const SegmentManifest& manifest) {
    const SegmentData data = segment_data(manifest);
    size_to(data.position.page_count);
    const auto source = contents_.open_segment(index);
    StoredWal wal(*source, page_size_, segment_name(manifest));
    std::vector<bool> here(pages_.page_count());
    while (const auto frame = wal.next()) {
      if (pages_.is_settled(frame->page)) continue;
      pages_.write(frame->page, frame->image(page_size_));
      here[frame->page - 1] = true;
    }
    for (std::uint32_t page = 1; page <= here.size(); ++page) {
      if (here[page - 1]) pages_.settle(page);
    }
    result_.records += wal.frames();
    result_.transactions += manifest.commits.count.value_or(0);
  }

  // The first size that is seen is the newest.
  void size_to(std::uint32_t pages) {
    if (sized_) return;
    pages_.resize(pages);
    sized_ = true;
  }

  void fill_from_snapshot() {
    const auto start = std::chrono::steady_clock::now();
    std::vector<std::uint32_t> wanted;  // chunks of which some page is still missing
    const std::uint32_t pages_per_chunk = kChunkSize / page_size_;
    std::uint64_t total = 0;
    for (std::uint32_t i = 0; i < file_.chunks.size(); ++i) {
      if (!file_.chunks[i].pack || !is_missing_in(i * pages_per_chunk + 1, pages_per_chunk)) continue;
      wanted.push_back(i);
      total += file_.chunks[i].size;
    }
    request_.progress.begin("snapshot", total);
    ordered_parallel(
        pool_, wanted.size(), 4 * request_.jobs + 4,
        [&](std::size_t i) { return contents_.read_chunk(file_.chunks[wanted[i]]); },
        [&](std::size_t i, const Bytes& bytes) {
          pages_.fill(wanted[i] * pages_per_chunk + 1, bytes);
          result_.snapshot_bytes += bytes.size();
          request_.progress.advance(bytes.size());
        });
    result_.snapshot_time = elapsed_since(start);
  }

  [[nodiscard]] bool is_missing_in(std::uint32_t first, std::uint32_t count) const {
    for (std::uint32_t page = first; page < first + count; ++page) {
      if (!pages_.is_settled(page)) return true;
    }
    return false;
  }

  void publish() {
    const auto start = std::chrono::steady_clock::now();
    request_.progress.begin("sync", 0);
    pages_.finish(file_.mode);
    RestoreMark mark = request_.mark;
    mark.file = file_.path;
    write_restore_mark(request_.target_directory, mark);
    move_into_place(partial_, request_.target_directory / file_.path);
    result_.sync_time = elapsed_since(start);
    request_.progress.end();
  }

  const ReplayRequest& request_;
  const ChainContents& contents_;
  const SnapshotFile& file_;
  std::uint32_t page_size_;
  fs::path partial_;
  RestoredPages pages_;
  BufferPool buffers_;
  WorkerPool pool_;
  bool sized_ = false;
  ReplayResult result_;
};

}  // namespace

ReplayResult replay(const ReplayRequest& request) { return Replay(request).run(); }

std::uint64_t size_at(const ChainContents& contents) {
  if (contents.segments().empty()) return only_file(contents).size;
  const SegmentData data = segment_data(contents.segments().back().manifest);
  return std::uint64_t{data.position.page_count} * data.position.page_size;
}

}  // namespace pitr::sqlite
