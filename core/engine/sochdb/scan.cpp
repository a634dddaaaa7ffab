#include "engine/sochdb/scan.hpp"

#include "base/error.hpp"
#include "engine/sochdb/frame_formats.hpp"
#include "engine/sochdb/frame_link.hpp"
#include "engine/sochdb/log_reader.hpp"
#include "engine/sochdb/segment_data.hpp"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

namespace pitr::sochdb {

namespace {

std::string name_of(const SegmentManifest& manifest) {
  return fmt::format("segment {} of timeline {}", manifest.number.value, manifest.timeline.value);
}

// A time as SochDB compares it, though no clock may have shown it.
Timestamp stored_time(std::uint64_t time_us) {
  constexpr std::uint64_t kLast = std::numeric_limits<std::int64_t>::max();
  return {static_cast<std::int64_t>(std::min(time_us, kLast))};
}

class Scan {
 public:
  Scan(const SegmentManifest& manifest, const SegmentData& data) : manifest_(manifest), data_(data) {}

  [[nodiscard]] LogPlace place() const {
    const std::uint64_t size = manifest_.payload.size;
    if (size > data_.offset) fail(0, "it is larger than the log it was taken from");
    return {{manifest_.start_lsn.value - data_.generation.start.value}, data_.offset - size};
  }

  void add(const LogRecord& entry) {
    ++facts_.records;
    if (!entry.record) {
      ++facts_.sealed;
    } else if (entry.record->type == RecordType::commit) {
      add_commit(entry);
    }
    if (entry.end.offset == data_.offset) link_ = frame_link(entry.frame);
  }

  SegmentFacts finish(const LogStop& stop) {
    if (stop.end != LogEnd::whole)
      fail(stop.good_end.offset - place().offset, "there is no record that SochDB could have written");
    expect(facts_.records == manifest_.end_lsn.value - manifest_.start_lsn.value,
           "it does not hold as many records as its manifest says");
    expect(facts_.records == 0 || link_ == manifest_.link_out,
           "it does not end with the record that its manifest says");
    if (facts_.sealed == 0 && manifest_.commits.count) check_commits();
    return std::move(facts_);
  }

 private:
  [[nodiscard]] Lsn lsn_of(LogPlace place) const { return {data_.generation.start.value + place.lsn.value}; }

  void add_commit(const LogRecord& entry) {
    const Record& record = *entry.record;
    const auto time = clock_time(record.time_us);
    facts_.commits.push_back({{lsn_of(entry.end), time, record.xid}, time, time});
    facts_.timed.push_back({lsn_of(entry.start), lsn_of(entry.end), stored_time(record.time_us), record.xid});
  }

  [[noreturn]] void fail(std::uint64_t offset, const char* problem) const {
    throw Error(Errc::corrupt,
                fmt::format("{}: at offset {} of its raw log: {}", name_of(manifest_), offset, problem));
  }

  void expect(bool holds, const char* problem) const {
    if (!holds) fail(manifest_.payload.size, problem);
  }

  void check_commits() const {
    expect(facts_.commits.size() == *manifest_.commits.count,
           "it does not hold as many commits as its manifest says");
    if (facts_.commits.empty()) return;
    expect(manifest_.commits.first == facts_.commits.front().point,
           "its first commit is not the one in its manifest");
    expect(manifest_.commits.last == facts_.commits.back().point,
           "its last commit is not the one in its manifest");
  }

  const SegmentManifest& manifest_;
  const SegmentData& data_;
  SegmentFacts facts_;
  std::string link_;
};

}  // namespace

SegmentFacts scan_segment(const SegmentManifest& manifest, ByteSource& raw, const SourceKey* key) {
  const SegmentData data = segment_data(manifest);
  if (manifest.content != SegmentContent::log) return {};
  const auto format = frame_format_of(data.facts.keyring, key, "the keyring of " + name_of(manifest));
  Scan scan(manifest, data);
  LogReader reader(raw, *format, scan.place());
  while (const auto record = reader.next()) scan.add(*record);
  return scan.finish(reader.stop());
}

}  // namespace pitr::sochdb
