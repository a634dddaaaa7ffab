#pragma once

#include "base/digest.hpp"
#include "base/progress.hpp"
#include "engine/sqlite/engine.hpp"
#include "support/temp_dir.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

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

// Replays a chain; what comes out as the database file.
inline Bytes replayed(const ChainContents& chain) {
  const TempDir directory;
  fs::create_directory(directory / "staging");
  fs::create_directory(directory / "target");
  NoProgress progress;
  const RestoreMark mark{"0123456789abcdef0123456789abcdef", {1}, {0}, "4567", {}};
  const Lsn stop = chain.segments().empty() ? chain.snapshot().consistent_lsn : chain.segments().back().to;
  const auto result = sqlite::engine().replay(
      {chain, stop, {1}, directory / "staging", directory / "target", mark, {}, 2, progress});
  Bytes bytes = read_whole_file(directory / "target" / result.files.at(0));
  CHECK(result.size == bytes.size());
  return bytes;
}

// A repository of one timeline, in memory, without the layers above an engine.
class SqliteArchive {
 public:
  using Verdict = LogSince::Verdict;
  struct Run {
    Verdict verdict = Verdict::unchanged;
    std::uint64_t commits = 0;
    std::optional<std::uint64_t> hidden_commits;
    std::optional<SegmentManifest> fork;
    std::string reason;
    std::vector<StoredSegment> drafts;
  };

  SqliteArchive(fs::path database, fs::path state)
      : database_(std::move(database)), state_(std::move(state)) {}

  [[nodiscard]] std::unique_ptr<Capture> capture(SourceClaim claim = SourceClaim::none) const {
    return sqlite::engine().capture({database_, state_, test_secret(), claim});
  }

  // What one run of `archive` does. What it finds is stored unless the chain cannot go on with it.
  Run run(SourceClaim claim = SourceClaim::none) {
    const auto live = capture(claim);
    Run run;
    if (segments_.empty()) {
      store(*live, *live->start({0}, nullptr), run);
    } else {
      run = look(*live);
      if (run.verdict > Verdict::bridged) return run;
    }
    if (!snapshot_) take_snapshot(*live);
    live->finished(head());
    return run;
  }

  // A run that was killed when it had stored this many drafts.
  void run_killed_after(std::size_t drafts) {
    const auto live = capture();
    const LogSince since = live->log_since(head(), [this] { return chain(head().end_lsn); });
    REQUIRE(since.drafts.size() > drafts);
    Run stored;
    for (std::size_t i = 0; i < drafts; ++i) store(*live, *since.drafts[i], stored);
  }

  [[nodiscard]] const SegmentManifest& head() const { return segments_.back().manifest; }
  [[nodiscard]] const std::vector<StoredSegment>& segments() const { return segments_; }
  // Forgets segments, as a repository from which they were removed.
  void drop_last() { segments_.pop_back(); }

  // The chain up to a position.
  [[nodiscard]] std::unique_ptr<MemoryChain> chain(Lsn to) const {
    auto chain = std::make_unique<MemoryChain>(*snapshot_);
    for (const StoredSegment& segment : segments_) {
      if (segment.manifest.start_lsn >= to || segment.manifest.content == SegmentContent::start) continue;
      chain->add(segment, segment.manifest.start_lsn, std::min(to, segment.manifest.end_lsn));
    }
    return chain;
  }
  [[nodiscard]] Bytes restored(Lsn to) const { return replayed(*chain(to)); }
  [[nodiscard]] Bytes restored() const { return restored(head().end_lsn); }

 private:
  Run look(Capture& live) {
    LogSince since = live.log_since(head(), [this] { return chain(head().end_lsn); });
    Run run{since.verdict, since.commits, since.hidden_commits, since.fork, since.reason, {}};
    for (const auto& draft : since.drafts) {
      if (since.verdict > Verdict::bridged) {
        run.drafts.push_back(write_out(*draft));
      } else {
        store(live, *draft, run);
      }
    }
    return run;
  }

  void store(Capture& live, SegmentDraft& draft, Run& run) {
    StoredSegment segment = write_out(draft);
    segment.manifest.timeline = {1};
    segment.manifest.number = {segments_.size() + 1};
    live.stored(draft, segment.manifest);
    run.drafts.push_back(segment);
    segments_.push_back(std::move(segment));
  }

  void take_snapshot(Capture& live) {
    const auto files = live.snapshot_files(head());
    const auto& file = files.files.at(0);
    Bytes bytes(file.size);
    for (std::uint64_t at = 0; at < file.size; at += kChunkSize) {
      file.read(at, std::span(bytes).subspan(at, std::min<std::uint64_t>(kChunkSize, file.size - at)));
    }
    snapshot_.emplace(files.manifest, file.path, bytes);
  }

  fs::path database_;
  fs::path state_;
  std::vector<StoredSegment> segments_;
  std::optional<MemoryChain> snapshot_;
};

}  // namespace pitr::test
