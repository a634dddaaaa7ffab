#include "engine/postgresql/segment_scan.hpp"

#include "base/error.hpp"
#include "engine/postgresql/wal_format.hpp"

#include <utility>
#include <variant>

#include <fmt/format.h>

namespace pitr::postgresql {

namespace {

class Scan {
 public:
  Scan(ByteView segment, const SegmentName& name, const std::string& what)
      : what_(what), header_(parse_segment_header(segment, what)) {
    check_segment_name(header_, segment, name, what);
    reader_.emplace(segment, header_, what);
  }

  SegmentScan run() {
    scan_.header = header_;
    scan_.incoming = reader_->incoming();
    while (const auto record = reader_->next()) {
      ++scan_.records;
      note_start(record->header.previous, record->start);
      scan_.last_whole = record->start;
      note_content(*record);
    }
    scan_.outgoing = reader_->outgoing();
    scan_.switched = reader_->was_switched();
    if (scan_.outgoing) {
      constexpr std::size_t kPreviousEnd = 16;
      if (scan_.outgoing->bytes.size() >= kPreviousEnd)
        note_start({load_le64(&scan_.outgoing->bytes[8])}, scan_.outgoing->start);
      scan_.last_start = scan_.outgoing->start;
    }
    return std::move(scan_);
  }

 private:
  void note_start(Lsn previous, Lsn start) {
    if (!scan_.previous) scan_.previous = previous;
    scan_.last_start = start;
  }

  void note_content(const LogRecord& record) {
    const auto content = decode_record(record.bytes, header_.major);
    if (!content) {
      throw Error(Errc::corrupt, fmt::format("{} holds a record at LSN {} whose parts do not add up", what_,
                                             format_lsn(record.start, LsnNotation::hex_pair)));
    }
    if (const auto* end = std::get_if<TransactionRecord>(&*content)) {
      if (end->kind != TransactionRecord::Kind::prepare)
        scan_.ends.push_back({record.start, record.end, *end});
    } else if (const auto* point = std::get_if<RestorePointRecord>(&*content)) {
      scan_.restore_points.push_back({record.start, record.end, *point});
    } else if (const auto* overwrite = std::get_if<OverwriteRecord>(&*content)) {
      // The first record behind one that a crash cut off links to the one before that.
      if (scan_.records == 1) scan_.previous = overwrite->broken;
    } else if (const auto* checkpoint = std::get_if<CheckpointRecord>(&*content)) {
      if (!scan_.first_checkpoint) scan_.first_checkpoint = *checkpoint;
      scan_.last_checkpoint = *checkpoint;
    }
  }

  const std::string& what_;
  SegmentHeader header_;
  std::optional<SegmentReader> reader_;
  SegmentScan scan_;
};

}  // namespace

void check_segment_name(const SegmentHeader& header, ByteView segment, const SegmentName& name,
                        const std::string& what) {
  const auto refuse = [&](const std::string& problem) {
    throw Error(Errc::corrupt, fmt::format("{} {}", what, problem));
  };
  if (segment.size() != header.segment_size) {
    refuse(fmt::format("has {} bytes, and its header says {}", segment.size(), header.segment_size));
  }
  if (name.start(header.segment_size) != header.page.address) {
    refuse(fmt::format("begins at LSN {}, which is not what its name says",
                       format_lsn(header.page.address, LsnNotation::hex_pair)));
  }
  if (header.page.timeline > name.timeline) {
    refuse(fmt::format("is of timeline {}, which is later than its name says", header.page.timeline.value));
  }
}

SegmentScan scan_segment(ByteView segment, const SegmentName& name, const std::string& what) {
  return Scan(segment, name, what).run();
}

}  // namespace pitr::postgresql
