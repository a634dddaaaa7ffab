#include "engine/sqlite/segmenter.hpp"

#include <algorithm>
#include <utility>

namespace pitr::sqlite {

WalPlace CommitRun::end() const {
  if (commits.empty()) return from;
  return {from.salts, from.big_endian, commits.back().frame, commits.back().checksum};
}

CommitRun read_commits(const LiveWal& wal, const WalPlace& from, std::uint32_t last) {
  CommitRun run{from, {}};
  std::optional<std::uint32_t> file_change;
  wal.read_on(from, last, [&](const ChainedFrame& frame) {
    if (frame.page == 1) file_change = file_change_counter(frame.image);
    if (frame.commit_pages != 0)
      run.commits.push_back({frame.number, frame.commit_pages, frame.checksum, file_change});
  });
  return run;
}

SegmentManifest look_manifest(const SegmentData& data, SegmentContent content, Lsn start,
                              std::uint64_t frames) {
  SegmentManifest manifest;
  manifest.engine = "sqlite";
  manifest.content = content;
  manifest.start_lsn = start;
  manifest.end_lsn = {start.value + frames};
  manifest.last_record_lsn = {manifest.end_lsn.value - (frames > 0 ? 1 : 0)};
  if (frames > 0) {
    // Should the clock have been set back between two looks, the earlier reading is the only bound there is.
    const Timestamp after = data.look.after.value_or(data.look.from);
    manifest.time = TimeBounds{std::min(after, data.look.by), data.look.by};
  }
  manifest.engine_data = to_json(data);
  return manifest;
}

Segmenter::Segmenter(LookContext context, const SegmentManifest& head)
    : context_(std::move(context)),
      lsn_(head.end_lsn),
      xid_(segment_data(head).position.xid),
      file_change_(segment_data(head).position.file_change),
      link_(head.link_out) {}

void Segmenter::add(const CommitRun& run) {
  const std::uint64_t frame_size = kFrameHeaderSize + context_.data.position.page_size;
  std::uint32_t piece_start = run.from.frame;
  std::size_t first = 0;
  for (std::size_t i = 0; i < run.commits.size(); ++i) {
    const bool too_large = (run.commits[i].frame - piece_start) * frame_size > kSegmentSize;
    if (!too_large || i == first) continue;
    add_piece(run, first, i);
    piece_start = run.commits[i - 1].frame;
    first = i;
  }
  if (first < run.commits.size()) add_piece(run, first, run.commits.size());
  commits_ += run.commits.size();
}

void Segmenter::add_piece(const CommitRun& run, std::size_t first, std::size_t end) {
  WalPlace from = run.from;
  if (first > 0) {
    from.frame = run.commits[first - 1].frame;
    from.checksum = run.commits[first - 1].checksum;
  }
  const Commit& last = run.commits[end - 1];
  SegmentData data = context_.data;
  data.position.page_count = last.pages;
  data.position.file.reset();
  data.position.place = {from.salts, from.big_endian, last.frame, last.checksum};
  data.position.xid = {xid_.value + (end - first)};
  data.position.file_change = last.file_change.value_or(file_change_);
  data.first_frame = from.frame + 1;
  data.checksum_in = from.checksum;

  SegmentManifest manifest = look_manifest(data, SegmentContent::log, lsn_, last.frame - from.frame);
  const Timestamp seen = data.look.by;
  const std::uint64_t first_length = run.commits[first].frame - from.frame;
  manifest.commits.count = end - first;
  manifest.commits.first = Point{{lsn_.value + first_length}, seen, Xid{xid_.value + 1}};
  manifest.commits.last = Point{manifest.end_lsn, seen, data.position.xid};
  manifest.xid = XidBounds{{xid_.value + 1}, data.position.xid};
  manifest.link_in = link_;
  manifest.link_out = link_token(data.position.place);
  lsn_ = manifest.end_lsn;
  xid_ = data.position.xid;
  file_change_ = data.position.file_change;
  link_ = manifest.link_out;
  pieces_.push_back({std::move(manifest), from, last.frame});
}

std::vector<std::unique_ptr<SegmentDraft>> Segmenter::take() {
  std::uint32_t change = context_.change;
  for (auto piece = pieces_.rbegin(); piece != pieces_.rend(); ++piece) {
    Json data = piece->manifest.engine_data.value();
    data["change"] = change;
    piece->manifest.engine_data = data;
    change -= static_cast<std::uint32_t>(*piece->manifest.commits.count);
  }
  if (!pieces_.empty()) pieces_.back().manifest.captured_to = context_.data.look.from;
  std::vector<std::unique_ptr<SegmentDraft>> drafts;
  drafts.reserve(pieces_.size());
  for (Piece& piece : pieces_) {
    drafts.push_back(make_log_draft(std::move(piece.manifest), context_.wal, context_.data.position.page_size,
                                    piece.from, piece.last_frame, context_.secret));
  }
  pieces_.clear();
  return drafts;
}

}  // namespace pitr::sqlite
