#pragma once

#include "base/digest.hpp"
#include "engine/engine.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace pitr::test {

class BytesSink : public ByteSink {
 public:
  void write(ByteView more) override { append(bytes, more); }
  Bytes bytes;
};

// Hands bytes out in pieces that fit nothing.
class BytesSource : public ByteSource {
 public:
  explicit BytesSource(ByteView bytes) : left_(bytes) {}
  std::size_t read(std::span<std::byte> buffer) override {
    constexpr std::size_t kPiece = 1013;
    const std::size_t length = std::min({kPiece, buffer.size(), left_.size()});
    std::copy_n(left_.begin(), length, buffer.begin());
    left_ = left_.subspan(length);
    return length;
  }

 private:
  ByteView left_;
};

struct StoredSegment {
  SegmentManifest manifest;
  Bytes raw;
};

inline HashSecret test_secret() {
  HashSecret secret{};
  for (std::size_t i = 0; i < secret.size(); ++i) secret[i] = static_cast<std::byte>(7 * i + 1);
  return secret;
}

inline StoredSegment write_out(SegmentDraft& draft) {
  BytesSink sink;
  draft.write_to(sink);
  StoredSegment segment{draft.manifest(), std::move(sink.bytes)};
  segment.manifest.payload.size = segment.raw.size();
  return segment;
}

// A snapshot and segments, in memory.
class MemoryChain : public ChainContents {
 public:
  MemoryChain() = default;
  // Of one file with these bytes.
  MemoryChain(SnapshotManifest snapshot, const std::string& name, ByteView bytes)
      : snapshot_(std::move(snapshot)) {
    SnapshotFile file{name, bytes.size(), 0640, {}};
    for (std::size_t at = 0; at < bytes.size(); at += kChunkSize) {
      const ByteView part = bytes.subspan(at, std::min<std::size_t>(kChunkSize, bytes.size() - at));
      Chunk chunk;
      chunk.size = static_cast<std::uint32_t>(part.size());
      if (std::any_of(part.begin(), part.end(), [](std::byte b) { return b != std::byte{0}; })) {
        chunk.pack = 0;
        chunk.offset = chunks_.size();
        chunks_.emplace_back(part.begin(), part.end());
      }
      file.chunks.push_back(chunk);
    }
    table_.files.push_back(std::move(file));
  }

  void add(const StoredSegment& segment) {
    add(segment, segment.manifest.start_lsn, segment.manifest.end_lsn);
  }
  void add(const StoredSegment& segment, Lsn from, Lsn to) {
    segments_.push_back({segment.manifest, from, to});
    raw_.push_back(segment.raw);
  }

  [[nodiscard]] const SnapshotManifest& snapshot() const override { return snapshot_; }
  [[nodiscard]] const FileTable& files() const override { return table_; }
  [[nodiscard]] FileTable& files() { return table_; }
  [[nodiscard]] Bytes read_chunk(const Chunk& chunk) const override {
    return chunk.pack ? chunks_.at(chunk.offset) : Bytes();
  }
  [[nodiscard]] bool is_chunk(const Chunk& chunk, ByteView bytes) const override {
    return std::ranges::equal(chunks_.at(chunk.offset), bytes);
  }
  [[nodiscard]] const std::vector<ChainSegment>& segments() const override { return segments_; }
  [[nodiscard]] std::unique_ptr<ByteSource> open_segment(std::size_t index) const override {
    return std::make_unique<BytesSource>(raw_.at(index));
  }

 private:
  SnapshotManifest snapshot_;
  FileTable table_;
  std::vector<Bytes> chunks_;
  std::vector<ChainSegment> segments_;
  std::vector<Bytes> raw_;
};

}  // namespace pitr::test
