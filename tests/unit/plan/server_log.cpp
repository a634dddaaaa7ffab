#include "server_log.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace pitr::test {

namespace {

constexpr std::uint64_t kUsualLength = 10;

void widen(std::optional<TimeBounds>& bounds, Timestamp time) {
  if (!bounds) bounds = TimeBounds{time, time};
  bounds->min = std::min(bounds->min, time);
  bounds->max = std::max(bounds->max, time);
}

void add_commit(SegmentManifest& manifest, SegmentFacts& facts, const ServerRecord& record) {
  const Point point{Lsn{record.end}, at_second(record.time), Xid{record.xid}};
  facts.commits.push_back({point, point.time, point.time});
  ++*manifest.commits.count;
  if (!manifest.commits.first) manifest.commits.first = point;
  manifest.commits.last = point;
}

void widen(std::optional<XidBounds>& bounds, Xid xid) {
  if (!bounds) bounds = XidBounds{xid, xid};
  bounds->min = std::min(bounds->min, xid);
  bounds->max = std::max(bounds->max, xid);
}

void add_record(SegmentManifest& manifest, SegmentFacts& facts, const ServerRecord& record) {
  ++facts.records;
  if (record.kind == ServerRecord::Kind::other) return;
  const Timestamp time = at_second(record.time);
  manifest.captured_to = std::max(manifest.captured_to.value_or(time), time);
  if (record.kind == ServerRecord::Kind::restore_point)
    manifest.restore_points.push_back({record.name, {Lsn{record.end}, time, std::nullopt}});
  if (record.kind == ServerRecord::Kind::commit) add_commit(manifest, facts, record);
  if (!record.is_timed()) return;
  widen(manifest.time, time);
  widen(manifest.xid, Xid{record.xid});
  facts.timed.push_back({Lsn{record.start}, Lsn{record.end}, time, Xid{record.xid}});
}

}  // namespace

ServerLog::ServerLog(std::uint64_t segment_size, std::uint32_t root, std::uint64_t first_number)
    : size_(segment_size) {
  timelines_[root].begin = first_number * segment_size;
}

std::uint64_t ServerLog::position(std::uint32_t timeline) const {
  const Timeline& log = timelines_.at(timeline);
  return log.records.empty() ? log.begin : log.records.back().end;
}

std::uint64_t ServerLog::first_number(std::uint32_t timeline) const {
  return timelines_.at(timeline).begin / size_;
}

bool ServerLog::is_full(std::uint32_t timeline, std::uint64_t number) const {
  return number >= first_number(timeline) && (number + 1) * size_ <= position(timeline);
}

// Behind the segment's header, where one begins.
std::uint64_t ServerLog::next_start(std::uint32_t timeline) const {
  const std::uint64_t end = position(timeline);
  return end % size_ == 0 ? end + 1 : end;
}

ServerLog& ServerLog::write(std::uint32_t timeline, std::uint64_t length, ServerRecord record) {
  record.start = next_start(timeline);
  record.end = record.start + length;
  timelines_.at(timeline).records.push_back(std::move(record));
  return *this;
}

ServerLog& ServerLog::commit(std::uint32_t timeline, double time, std::uint64_t xid) {
  return write(timeline, kUsualLength, {.kind = Kind::commit, .time = time, .xid = xid});
}

ServerLog& ServerLog::fill(std::uint32_t timeline, std::uint64_t position_wanted) {
  while (next_start(timeline) + kUsualLength < position_wanted) write(timeline, kUsualLength);
  if (position(timeline) < position_wanted) write(timeline, position_wanted - next_start(timeline));
  return *this;
}

ServerLog& ServerLog::fork(std::uint32_t child, std::uint32_t parent, std::uint64_t lsn) {
  timelines_[child] = {parent, lsn, {}};
  return *this;
}

std::vector<ServerRecord> ServerLog::records(std::uint32_t timeline) const {
  const Timeline& log = timelines_.at(timeline);
  std::vector<ServerRecord> all;
  if (log.parent) all = records(*log.parent);
  std::erase_if(all, [&](const ServerRecord& record) { return record.end > log.begin; });
  all.insert(all.end(), log.records.begin(), log.records.end());
  return all;
}

CatalogueBuilder ServerLog::archive() const {
  CatalogueBuilder archive;
  archive.catalogue.notation = LsnNotation::hex_pair;
  for (const auto& [id, log] : timelines_) {
    archive.timeline(id);
    TimelineDocument& document = *archive.catalogue.timelines[TimelineId{id}].document;
    document.first_number = SegmentNumber{first_number(id)};
    if (log.parent) {
      document.parent = TimelineId{*log.parent};
      document.fork_lsn = Lsn{log.begin};
    }
    for (std::uint64_t number = first_number(id); is_full(id, number); ++number)
      put_segment(archive, id, number);
  }
  return archive;
}

void ServerLog::put_segment(CatalogueBuilder& archive, std::uint32_t timeline, std::uint64_t number) const {
  SegmentManifest manifest;
  manifest.timeline = TimelineId{timeline};
  manifest.number = SegmentNumber{number};
  manifest.start_lsn = Lsn{number * size_};
  manifest.end_lsn = manifest.last_record_lsn = Lsn{(number + 1) * size_};
  manifest.archived_at = at_second(static_cast<double>(number * size_));
  SegmentFacts facts;
  std::uint64_t previous = 0;
  for (const ServerRecord& record : records(timeline)) {
    if (record.start >= manifest.start_lsn.value && record.start < manifest.end_lsn.value) {
      if (manifest.link_in.empty()) manifest.link_in = fmt::format("{}", previous);
      manifest.link_out = fmt::format("{}", record.start);
    }
    if (record.end > manifest.start_lsn.value && record.end <= manifest.end_lsn.value)
      add_record(manifest, facts, record);
    previous = record.start;
  }
  archive.put(std::move(manifest), std::move(facts));
}

SnapshotManifest ServerLog::backup(std::uint32_t timeline, std::uint64_t start, std::uint64_t consistent,
                                   std::optional<double> time) const {
  SnapshotManifest snapshot;
  snapshot.id = fmt::format("B{:04}{}", consistent, static_cast<char>('a' + timeline - 1));
  snapshot.timeline = TimelineId{timeline};
  snapshot.start_lsn = Lsn{start};
  snapshot.consistent_lsn = Lsn{consistent};
  snapshot.next_number = SegmentNumber{start / size_};
  snapshot.point.lsn = snapshot.consistent_lsn;
  if (time) snapshot.point.time = at_second(*time);
  snapshot.created_at = at_second(time.value_or(0));
  return snapshot;
}

}  // namespace pitr::test
