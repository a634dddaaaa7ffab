#include "engine/sqlite/scan.hpp"

#include "base/error.hpp"
#include "engine/sqlite/position.hpp"
#include "engine/sqlite/stored_wal.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace pitr::sqlite {

namespace {

class Scan {
 public:
  Scan(const SegmentManifest& manifest, ByteSource& raw)
      : manifest_(manifest),
        data_(segment_data(manifest)),
        wal_(raw, data_.position.page_size,
             fmt::format("segment {} of timeline {}", manifest.number.value, manifest.timeline.value)),
        original_(data_.checksum_in),
        xid_(data_.position.xid.value -
             std::min(manifest.commits.count.value_or(0), data_.position.xid.value)) {}

  SegmentFacts run() {
    bool open_transaction = false;
    while (const auto frame = wal_.next()) {
      if (data_.first_frame) {
        original_ = carry_on_frame(original_, frame->bytes, data_.position.page_size,
                                   data_.position.place.big_endian);
      }
      open_transaction = frame->commit_pages == 0;
      if (!open_transaction) add_commit(frame->commit_pages);
    }
    if (open_transaction) wal_.fail(wal_.frame_offset(), "it ends inside a transaction");
    facts_.records = wal_.frames();
    check_manifest();
    return std::move(facts_);
  }

 private:
  void add_commit(std::uint32_t pages) {
    pages_ = pages;
    CommitFact fact;
    fact.point = {{manifest_.start_lsn.value + wal_.frames()}, data_.look.by, Xid{++xid_}};
    if (manifest_.time) {
      fact.not_before = manifest_.time->min;
      fact.not_after = manifest_.time->max;
    }
    facts_.commits.push_back(fact);
  }

  void expect(bool holds, const char* problem) const {
    if (!holds) wal_.fail(0, problem);
  }

  void check_manifest() const {
    expect(wal_.frames() == manifest_.end_lsn.value - manifest_.start_lsn.value,
           "it does not hold as many frames as its manifest says");
    expect(facts_.commits.size() == manifest_.commits.count,
           "it does not hold as many commits as its manifest says");
    if (facts_.commits.empty()) return;
    expect(manifest_.commits.first == facts_.commits.front().point,
           "its first commit is not the one in its manifest");
    expect(manifest_.commits.last == facts_.commits.back().point,
           "its last commit is not the one in its manifest");
    expect(pages_ == data_.position.page_count, "the database's size is not the one in its manifest");
    if (data_.first_frame) {
      expect(original_ == data_.position.place.checksum,
             "it does not end with the checksum that SQLite wrote");
    }
  }

  const SegmentManifest& manifest_;
  SegmentData data_;
  StoredWal wal_;
  Checksum original_;
  std::uint64_t xid_;
  std::uint32_t pages_ = 0;
  SegmentFacts facts_;
};

}  // namespace

SegmentFacts scan_segment(const SegmentManifest& manifest, ByteSource& raw) {
  return Scan(manifest, raw).run();
}

}  // namespace pitr::sqlite
