#pragma once

#include "engine/engine.hpp"
#include "engine/source_identity.hpp"
#include "engine/sqlite/bridge.hpp"
#include "engine/sqlite/continuation.hpp"
#include "engine/sqlite/live_database.hpp"
#include "engine/sqlite/live_wal.hpp"
#include "engine/sqlite/look_note.hpp"
#include "engine/sqlite/page_hashes.hpp"
#include "engine/sqlite/pinned_image.hpp"
#include "engine/sqlite/position.hpp"
#include "engine/sqlite/segmenter.hpp"

#include <memory>
#include <optional>
#include <string>

namespace pitr::sqlite {

// A live SQLite database, pinned. What it does about the log since the last look is the algorithm of
// log_since():
//   the log proves what came after     -> every commit          (continuation.hpp)
//   the database went back             -> a fork                 (fork.hpp)
//   neither, but it is the same file   -> the changed pages      (bridge.hpp)
//   it is another file                 -> foreign
class SqliteCapture : public Capture {
 public:
  explicit SqliteCapture(const CaptureRequest& request);

  [[nodiscard]] Json identity() const override { return to_json(identity_); }
  [[nodiscard]] std::string place() const override { return describe(identity_); }
  [[nodiscard]] bool is_at(const Json& recorded_identity) const override;
  [[nodiscard]] bool is_at(const SegmentManifest& segment) const override {
    return is_at(segment_data(segment).source);
  }
  [[nodiscard]] std::optional<RestoreMark> restore_mark() const override;
  [[nodiscard]] std::unique_ptr<SegmentDraft> start(Lsn lsn, const SegmentManifest* before) override;
  [[nodiscard]] std::unique_ptr<SegmentDraft> mark(const SegmentManifest& head) override;
  [[nodiscard]] SegmentManifest state_at_end(const ChainContents& contents) override;
  [[nodiscard]] LogSince log_since(const SegmentManifest& head, const ContentsAtHead& contents) override;
  void stored(SegmentDraft& draft, const SegmentManifest& manifest) override;
  void finished(const SegmentManifest& head) override;
  [[nodiscard]] Point point_of(const SegmentManifest& segment) const override;
  [[nodiscard]] Files snapshot_files(const SegmentManifest& head, const ContentsAtHead& contents) override;

 private:
  void look(std::optional<Timestamp> after);
  [[nodiscard]] std::optional<LogSince> try_log_since(const SegmentManifest& head,
                                                      const ContentsAtHead& contents);
  [[nodiscard]] LogSince continued(const SegmentManifest& head, const std::vector<CommitRun>& runs);
  [[nodiscard]] LogSince reverted(const ContentsAtHead& contents);
  [[nodiscard]] LogSince by_content(const SegmentManifest& head, const ContentsAtHead& contents);
  [[nodiscard]] LogSince bridged(const SegmentManifest& head, ImageComparison comparison);
  [[nodiscard]] std::optional<std::string> why_foreign(const SegmentData& head,
                                                       const ImageComparison& comparison,
                                                       std::uint32_t archived_pages);
  [[nodiscard]] std::optional<PageHashes> archived_hashes(const SegmentManifest& head,
                                                          const ContentsAtHead& contents) const;
  [[nodiscard]] SegmentData data_here() const;
  [[nodiscard]] LookContext look_context() const;
  [[nodiscard]] std::uint32_t file_change_here();
  [[nodiscard]] const std::shared_ptr<const PinnedImage>& image();
  void read_hashed(const PinnedImage& image, PageHashes& hashes, std::uint64_t offset,
                   std::span<std::byte> buffer) const;

  CaptureRequest request_;
  LiveDatabase database_;
  LiveWal wal_;
  SourceIdentity identity_;
  fs::path hashes_path_;
  fs::path note_path_;
  FileState file_;            // of the database file, read before index_
  bool file_is_all_ = false;  // nothing was in the log, and file_ is proof
  WalIndex index_;            // the state held
  Look look_;
  std::shared_ptr<const PinnedImage> image_;
};

}  // namespace pitr::sqlite
