#pragma once

#include "base/progress.hpp"
#include "engine/sqlite/engine.hpp"
#include "support/memory_chain.hpp"
#include "support/temp_dir.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

namespace pitr::test {

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
    Run run{since.verdict, since.commits.value(), since.hidden_commits, since.fork, since.reason, {}};
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
    const auto files = live.snapshot_files(head(), [this] { return chain(head().end_lsn); });
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
