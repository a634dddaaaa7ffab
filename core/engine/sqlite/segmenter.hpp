#pragma once

#include "engine/sqlite/drafts.hpp"
#include "engine/sqlite/live_wal.hpp"
#include "engine/sqlite/position.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace pitr::sqlite {

// A commit in the live log: its last frame and what holds after it.
struct Commit {
  std::uint32_t frame;
  std::uint32_t pages;
  Checksum checksum;
  std::optional<std::uint32_t> file_change;  // of the last page 1 in the run so far
};

// Whole transactions of one generation that follow each other.
struct CommitRun {
  WalPlace from;
  std::vector<Commit> commits;
  [[nodiscard]] WalPlace end() const;
};

// The whole transactions after a place, up to frame number `last`.
CommitRun read_commits(const LiveWal& wal, const WalPlace& from, std::uint32_t last);

// What every segment of one look has in common.
struct LookContext {
  const LiveWal& wal;
  const HashSecret& secret;
  SegmentData data;      // page size, schema, look, file, source
  std::uint32_t change;  // the change counter at the end of the look
};

// Cuts runs of commits into segments: as many commits as fit into 64 MiB, or one that is larger by itself.
class Segmenter {
 public:
  static constexpr std::uint64_t kSegmentSize = std::uint64_t{64} * 1024 * 1024;

  // Goes on from where `head` ends.
  Segmenter(LookContext context, const SegmentManifest& head);

  void add(const CommitRun& run);
  [[nodiscard]] std::uint64_t commits() const { return commits_; }
  // The drafts in order. The state of the last is the state of the look.
  [[nodiscard]] std::vector<std::unique_ptr<SegmentDraft>> take();

 private:
  struct Piece {
    SegmentManifest manifest;
    WalPlace from;
    std::uint32_t last_frame;
  };
  void add_piece(const CommitRun& run, std::size_t first, std::size_t end);

  LookContext context_;
  Lsn lsn_;
  Xid xid_;
  std::uint32_t file_change_;
  std::string link_;
  std::uint64_t commits_ = 0;
  std::vector<Piece> pieces_;
};

// A manifest for what was seen in a look: a segment [start, start + frames) with the given commits as one
// range, and the data as they are at its end. The link out is left to the caller.
SegmentManifest look_manifest(const SegmentData& data, SegmentContent content, Lsn start,
                              std::uint64_t frames);

}  // namespace pitr::sqlite
