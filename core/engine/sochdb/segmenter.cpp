#include "engine/sochdb/segmenter.hpp"

#include "engine/sochdb/frame_link.hpp"

#include <algorithm>
#include <utility>

namespace pitr::sochdb {

namespace {

constexpr std::size_t kBlock = std::size_t{1} << 20U;

class LogDraft : public SegmentDraft {
 public:
  LogDraft(SegmentManifest manifest, std::shared_ptr<const LiveView> view, std::uint64_t from,
           std::uint64_t to)
      : manifest_(std::move(manifest)), view_(std::move(view)), from_(from), to_(to) {}

  [[nodiscard]] const SegmentManifest& manifest() const override { return manifest_; }

  void write_to(ByteSink& sink) override {
    ViewSource source(*view_, from_, to_);
    Bytes block(std::min<std::uint64_t>(kBlock, to_ - from_));
    while (const std::size_t size = source.read(block)) sink.write(ByteView(block).first(size));
    if (!view_->is_held(from_)) view_->check();
  }

 private:
  SegmentManifest manifest_;
  std::shared_ptr<const LiveView> view_;
  std::uint64_t from_;
  std::uint64_t to_;
};

class EmptyDraft : public SegmentDraft {
 public:
  explicit EmptyDraft(SegmentManifest manifest) : manifest_(std::move(manifest)) {}
  [[nodiscard]] const SegmentManifest& manifest() const override { return manifest_; }
  void write_to(ByteSink& /*sink*/) override {}

 private:
  SegmentManifest manifest_;
};

// A stretch of records, as it is read.
struct Piece {
  LogPlace start;
  LogPlace end;
  LogPlace last;  // before its last record
  std::uint64_t sealed = 0;
  CommitSummary commits{0, {}, {}};
  std::optional<TimeBounds> times;
  std::optional<XidBounds> xids;
};

class Segmenter {
 public:
  Segmenter(const std::shared_ptr<const LiveView>& view, const SegmentManifest& state,
            const SegmentData& data)
      : view_(view), state_(state), data_(data), base_(data.generation.start) {
    begin_piece({{state.end_lsn.value - base_.value}, data.offset});
  }

  [[nodiscard]] LogPlace place() const { return piece_.start; }

  void add(const LogRecord& entry) {
    piece_.last = entry.start;
    piece_.end = entry.end;
    const bool is_commit = entry.record && entry.record->type == RecordType::commit;
    if (!entry.record) ++piece_.sealed;
    if (is_commit) add_commit(entry);
    const bool may_end = is_commit || !entry.record;
    if (may_end && piece_.end.offset - piece_.start.offset >= kSegmentSize) end_piece();
  }

  NewLog finish(const LogStop& stop, Timestamp looked_at) {
    if (piece_.end.lsn > piece_.start.lsn) end_piece();
    NewLog log;
    log.end = {base_.value + piece_.start.lsn.value};
    log.records = log.end.value - state_.end_lsn.value;
    log.stop = stop;
    log.latest = latest_;
    for (Piece& piece : pieces_) add_draft(piece, looked_at, log);
    if (!view_->is_held(data_.offset)) view_->check();
    return log;
  }

 private:
  void begin_piece(LogPlace place) {
    piece_ = {};
    piece_.start = piece_.end = piece_.last = place;
  }

  void end_piece() {
    const LogPlace end = piece_.end;
    pieces_.push_back(piece_);
    begin_piece(end);
  }

  void add_commit(const LogRecord& entry) {
    const Xid xid = entry.record->xid;
    const auto time = clock_time(entry.record->time_us);
    const Point point{{base_.value + entry.end.lsn.value}, time, xid};
    if (*piece_.commits.count == 0) piece_.commits.first = point;
    ++*piece_.commits.count;
    piece_.commits.last = point;
    if (!piece_.xids) piece_.xids = XidBounds{xid, xid};
    piece_.xids = XidBounds{std::min(piece_.xids->min, xid), std::max(piece_.xids->max, xid)};
    if (!time) return;
    if (!piece_.times) piece_.times = TimeBounds{*time, *time};
    piece_.times = TimeBounds{std::min(piece_.times->min, *time), std::max(piece_.times->max, *time)};
    latest_ = std::max(latest_.value_or(*time), *time);
  }

  void add_draft(const Piece& piece, Timestamp looked_at, NewLog& log) {
    const bool is_first = log.drafts.empty();
    const bool is_last = log.drafts.size() + 1 == pieces_.size();
    SegmentData data = data_;
    data.truncated = data_.truncated && is_first;
    data.offset = piece.end.offset;
    data.head = view_->head(data.offset);
    data.tail = view_->tail(data.offset);
    if (piece.times) data_.latest = std::max(data_.latest.value_or(piece.times->max), piece.times->max);
    if (piece.sealed > 0) data_.latest = std::max(data_.latest.value_or(looked_at), looked_at);
    data.latest = data_.latest;

    SegmentManifest manifest;
    manifest.engine = state_.engine;
    manifest.start_lsn = {base_.value + piece.start.lsn.value};
    manifest.end_lsn = {base_.value + piece.end.lsn.value};
    manifest.last_record_lsn = {base_.value + piece.last.lsn.value};
    manifest.link_in = is_first ? state_.link_out : log.drafts.back()->manifest().link_out;
    ViewSource last(*view_, piece.last.offset, piece.end.offset);
    manifest.link_out = frame_link(last);
    manifest.commits = piece.commits;
    if (piece.sealed > 0) manifest.commits = {std::nullopt, {}, {}};
    manifest.time = piece.times;
    manifest.xid = piece.xids;
    if (is_last && log.stop.end != LogEnd::damaged)
      manifest.captured_to = complete_to(looked_at, data.latest);
    manifest.engine_data = to_json(data);
    if (piece.sealed > 0) log.commits.reset();
    if (log.commits) *log.commits += *piece.commits.count;
    log.drafts.push_back(
        std::make_unique<LogDraft>(std::move(manifest), view_, piece.start.offset, piece.end.offset));
  }

  const std::shared_ptr<const LiveView>& view_;
  const SegmentManifest& state_;
  SegmentData data_;
  Lsn base_;  // the file's record n has the LSN base_ + n
  Piece piece_;
  std::vector<Piece> pieces_;
  std::optional<Timestamp> latest_;
};

}  // namespace

Timestamp complete_to(Timestamp looked_at, const std::optional<Timestamp>& latest) {
  constexpr Duration kTick = std::chrono::microseconds(1);
  return latest ? std::max(looked_at, *latest - kTick) : looked_at;
}

NewLog cut_segments(const std::shared_ptr<const LiveView>& view, FrameFormat& format,
                    const SegmentManifest& state, const SegmentData& data, Timestamp looked_at) {
  Segmenter segmenter(view, state, data);
  ViewSource source(*view, data.offset, view->size());
  LogReader reader(source, format, segmenter.place());
  while (const auto record = reader.next()) segmenter.add(*record);
  return segmenter.finish(reader.stop(), looked_at);
}

SegmentManifest empty_segment(const SegmentManifest& state, const SegmentData& data, SegmentContent content) {
  SegmentManifest manifest;
  manifest.engine = state.engine;
  manifest.content = content;
  manifest.start_lsn = manifest.end_lsn = manifest.last_record_lsn = state.end_lsn;
  manifest.link_in = manifest.link_out = state.link_out;
  manifest.engine_data = to_json(data);
  return manifest;
}

std::unique_ptr<SegmentDraft> make_empty_draft(SegmentManifest manifest) {
  return std::make_unique<EmptyDraft>(std::move(manifest));
}

}  // namespace pitr::sochdb
