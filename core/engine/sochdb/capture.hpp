#pragma once

#include "engine/engine.hpp"
#include "engine/sochdb/common_log.hpp"
#include "engine/sochdb/live_database.hpp"
#include "engine/sochdb/live_view.hpp"
#include "engine/sochdb/segment_data.hpp"
#include "engine/sochdb/segmenter.hpp"

#include <memory>
#include <optional>
#include <string>

namespace pitr::sochdb {

// A live SochDB database, by its log. What it does about the log since the last look is the algorithm of
// log_since():
//   the log is there as it was, with more behind it      -> every record   (segmenter.hpp)
//   it shares its beginning with what is archived        -> a fork         (common_log.hpp)
//   it begins anew                                       -> a truncation: another generation, chained
//   it is that of another database                       -> foreign
// A chain begins with an empty log, so that all that was in the log at the first look is a segment too.
class SochdbCapture : public Capture {
 public:
  explicit SochdbCapture(CaptureRequest request);

  [[nodiscard]] Json identity() const override;
  [[nodiscard]] std::string place() const override;
  [[nodiscard]] bool is_at(const Json& recorded_identity) const override;
  [[nodiscard]] bool is_at(const SegmentManifest& segment) const override;
  [[nodiscard]] bool goes_on_from(const SegmentManifest& segment) const override;
  [[nodiscard]] std::optional<RestoreMark> restore_mark() const override;
  [[nodiscard]] std::vector<std::string> remarks() const override;
  [[nodiscard]] std::unique_ptr<SegmentDraft> start(Lsn lsn, const SegmentManifest* before) override;
  [[nodiscard]] bool starts_empty() const override { return true; }
  [[nodiscard]] std::unique_ptr<SegmentDraft> mark(const SegmentManifest& head) override;
  [[nodiscard]] SegmentManifest state_at_end(const ChainContents& contents) override;
  [[nodiscard]] LogSince log_since(const SegmentManifest& head, const ContentsAtHead& contents) override;
  void stored(SegmentDraft& /*draft*/, const SegmentManifest& /*manifest*/) override {}
  void finished(const SegmentManifest& /*head*/) override {}
  [[nodiscard]] Point point_of(const SegmentManifest& segment) const override;
  [[nodiscard]] Files snapshot_files(const SegmentManifest& head, const ContentsAtHead& contents) override;

 private:
  void look(const SegmentData& since);
  [[nodiscard]] LogSince try_log_since(const SegmentManifest& head, const ContentsAtHead& contents);
  [[nodiscard]] std::string why_foreign(const SegmentData& head) const;
  [[nodiscard]] LogSince go_on(const SegmentManifest& state, const SegmentData& data);
  [[nodiscard]] LogSince reverted(const SegmentManifest& head, const std::optional<LogFork>& fork,
                                  const ChainContents* contents);
  [[nodiscard]] std::optional<Timestamp> latest_at(const ChainContents& contents, const SegmentData& data,
                                                   Lsn lsn) const;
  [[nodiscard]] LogSince truncated(const SegmentManifest& head, const SegmentData& data);
  [[nodiscard]] std::unique_ptr<FrameFormat> frame_format() const;
  [[nodiscard]] std::optional<Timestamp> captured_at(Lsn lsn, const SegmentManifest& head) const;

  CaptureRequest request_;
  std::shared_ptr<const LiveDatabase> database_;
  SourceIdentity identity_;
  DatabaseFacts facts_;
  std::shared_ptr<const LiveView> view_;
  Timestamp look_from_;           // every commit that SochDB had written until then is in the view
  std::optional<Lsn> looked_to_;  // where the good records of the look end
};

}  // namespace pitr::sochdb
