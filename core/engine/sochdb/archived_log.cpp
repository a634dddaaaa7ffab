#include "engine/sochdb/archived_log.hpp"

#include "base/error.hpp"
#include "engine/sochdb/frames.hpp"

#include <algorithm>
#include <deque>
#include <utility>

#include <fmt/format.h>

namespace pitr::sochdb {

namespace {

const SnapshotFile& log_file(const ChainContents& contents) {
  const auto& files = contents.files().files;
  if (files.size() != 1 || files.front().path != kLogName) {
    throw Error(Errc::corrupt,
                fmt::format("snapshot {} holds more or less than a log", contents.snapshot().id));
  }
  return files.front();
}

// A snapshot's log from an offset on.
class StoredLog : public ByteSource {
 public:
  StoredLog(const ChainContents& contents, std::uint64_t offset)
      : contents_(contents), file_(log_file(contents)), chunk_(offset / kChunkSize) {
    if (offset > file_.size) {
      throw Error(Errc::corrupt, fmt::format("snapshot {} ends before offset {} of its log",
                                             contents.snapshot().id, offset));
    }
    begin_ = offset % kChunkSize;
  }

  std::size_t read(std::span<std::byte> buffer) override {
    while (begin_ >= bytes_.size()) {
      if (!load()) return 0;
    }
    const std::size_t size = std::min(buffer.size(), bytes_.size() - begin_);
    std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(begin_), size, buffer.begin());
    begin_ += size;
    return size;
  }

 private:
  // The next chunk; false at the end.
  bool load() {
    if (chunk_ >= file_.chunks.size()) return false;
    begin_ -= bytes_.size();
    const Chunk& chunk = file_.chunks[chunk_++];
    bytes_ = chunk.pack ? contents_.read_chunk(chunk) : Bytes(chunk.size);
    return true;
  }

  const ChainContents& contents_;
  const SnapshotFile& file_;
  std::uint64_t chunk_;
  Bytes bytes_;
  std::size_t begin_ = 0;  // in bytes_; beyond them: as much of what follows is passed over
};

class Chained : public ByteSource {
 public:
  void add(std::function<std::unique_ptr<ByteSource>()> open) { parts_.push_back(std::move(open)); }

  std::size_t read(std::span<std::byte> buffer) override {
    while (true) {
      if (current_ != nullptr) {
        if (const std::size_t size = current_->read(buffer); size > 0 || buffer.empty()) return size;
        current_.reset();
      }
      if (parts_.empty()) return 0;
      current_ = parts_.front()();
      parts_.pop_front();
    }
  }

 private:
  std::deque<std::function<std::unique_ptr<ByteSource>()>> parts_;
  std::unique_ptr<ByteSource> current_;
};

std::string name_of(const SegmentManifest& manifest) {
  return fmt::format("segment {} of timeline {}", manifest.number.value, manifest.timeline.value);
}

std::uint64_t offset_of(const SnapshotManifest& snapshot, Lsn from) {
  const SnapshotData data = snapshot_data(snapshot);
  for (const auto& part : data.parts) {
    if (part.generation.start == from) return part.offset;
  }
  throw Error(Errc::corrupt,
              fmt::format("snapshot {} does not say where LSN {} is in its log", snapshot.id, from.value));
}

void add_snapshot(Chained& log, const ChainContents& contents, Lsn from, Lsn to) {
  const SnapshotManifest& snapshot = contents.snapshot();
  const Lsn end = std::min(to, snapshot.consistent_lsn);
  if (from >= end) return;
  log.add([&contents, from, end]() -> std::unique_ptr<ByteSource> {
    const SnapshotManifest& manifest = contents.snapshot();
    auto whole = std::make_unique<StoredLog>(contents, offset_of(manifest, from));
    if (end == manifest.consistent_lsn) return whole;
    return std::make_unique<FrameRange>(std::move(whole), 0, end.value - from.value,
                                        fmt::format("snapshot {}", manifest.id));
  });
}

void add_segment(Chained& log, const ChainContents& contents, std::size_t index, Lsn from, Lsn to) {
  const ChainSegment& segment = contents.segments()[index];
  const Lsn first = std::max(from, segment.from);
  const Lsn last = std::min(to, segment.to);
  if (first >= last) return;
  log.add([&contents, index, first, last]() -> std::unique_ptr<ByteSource> {
    const SegmentManifest& manifest = contents.segments()[index].manifest;
    auto raw = contents.open_segment(index);
    if (first == manifest.start_lsn && last == manifest.end_lsn) return raw;
    return std::make_unique<FrameRange>(std::move(raw), first.value - manifest.start_lsn.value,
                                        last.value - first.value, name_of(manifest));
  });
}

}  // namespace

std::vector<ArchivedGeneration> generations_of(const ChainContents& contents) {
  std::vector<ArchivedGeneration> found;
  const auto add = [&](const Generation& generation, Lsn end) {
    if (found.empty() || found.back().generation != generation) found.push_back({generation, end});
    found.back().end = end;
  };
  const SnapshotManifest& snapshot = contents.snapshot();
  const SnapshotData data = snapshot_data(snapshot);
  for (std::size_t i = 0; i < data.parts.size(); ++i) {
    const bool is_last = i + 1 == data.parts.size();
    add(data.parts[i].generation, is_last ? snapshot.consistent_lsn : data.parts[i + 1].generation.start);
  }
  for (const ChainSegment& segment : contents.segments())
    add(segment_data(segment.manifest).generation, segment.to);
  return found;
}

SegmentData data_at_end(const ChainContents& contents) {
  if (!contents.segments().empty()) {
    const ChainSegment& last = contents.segments().back();
    SegmentData data = segment_data(last.manifest);
    data.truncated = false;
    if (last.to == last.manifest.end_lsn) return data;
    data.offset = 0;
    data.head = data.tail = {};
    return data;
  }
  const SnapshotData snapshot = snapshot_data(contents.snapshot());
  SegmentData data;
  data.generation = snapshot.parts.back().generation;
  data.latest = contents.snapshot().point.time;
  data.facts = snapshot.facts;
  data.source = snapshot.source;
  return data;
}

std::unique_ptr<ByteSource> open_archived_log(const ChainContents& contents, Lsn from, Lsn to) {
  auto log = std::make_unique<Chained>();
  add_snapshot(*log, contents, from, to);
  for (std::size_t i = 0; i < contents.segments().size(); ++i) add_segment(*log, contents, i, from, to);
  return log;
}

std::uint64_t archived_size(const ChainContents& contents, Lsn from, Lsn to) {
  const auto log = open_archived_log(contents, from, to);
  SegmentData data;
  take_samples(*log, data);
  return data.offset;
}

std::vector<SnapshotData::Part> parts_before(const ChainContents& contents, const Generation& generation) {
  std::vector<SnapshotData::Part> parts;
  for (const ArchivedGeneration& archived : generations_of(contents)) {
    const Lsn start = archived.generation.start;
    if (start < generation.view || start >= generation.start) continue;
    parts.push_back({archived.generation, archived_size(contents, generation.view, start)});
  }
  return parts;
}

void take_samples(ByteSource& log, SegmentData& data) {
  Bytes head;
  Bytes tail;
  Bytes block(kMaxSample);
  data.offset = 0;
  while (const std::size_t size = log.read(block)) {
    const ByteView bytes = ByteView(block).first(size);
    append(head, bytes.first(std::min<std::size_t>(size, kMaxSample - head.size())));
    append(tail, bytes);
    if (tail.size() > kMaxSample)
      tail.erase(tail.begin(), tail.end() - static_cast<std::ptrdiff_t>(kMaxSample));
    data.offset += size;
  }
  data.head = sample_of(head);
  data.tail = sample_of(tail);
}

}  // namespace pitr::sochdb
