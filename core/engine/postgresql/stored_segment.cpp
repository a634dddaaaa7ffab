#include "engine/postgresql/stored_segment.hpp"

#include "base/error.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace pitr::postgresql {

namespace {

// Two positions of equal text are the same record's start: the link between two segments.
std::string link_token(const std::optional<Lsn>& lsn) {
  return lsn ? format_lsn(*lsn, LsnNotation::hex_pair) : std::string();
}

Bytes read_raw(ByteSource& raw, std::uint32_t size, const std::string& what) {
  Bytes bytes(std::size_t{size} + 1);
  std::size_t filled = 0;
  while (filled < bytes.size()) {
    const std::size_t count = raw.read(std::span(bytes).subspan(filled));
    if (count == 0) break;
    filled += count;
  }
  if (filled != size) {
    throw Error(Errc::corrupt, fmt::format("{} does not have the {} bytes of a segment", what, size));
  }
  bytes.resize(filled);
  return bytes;
}

// What the payload says of itself, in the form it is stored in.
Json described(SegmentManifest manifest, const SegmentManifest& stored) {
  manifest.repository = stored.repository;
  manifest.payload = stored.payload;
  manifest.archived_at = stored.archived_at;
  return to_json(manifest, LsnNotation::hex_pair);
}

}  // namespace

DescribedSegment describe_segment(const SegmentScan& scan, const SegmentName& name, const StateBefore& before,
                                  const std::string& what) {
  LogFacts facts = read_facts(scan, before, what);
  const ClusterIdentity cluster{scan.header.system_identifier, scan.header.segment_size, scan.header.major};
  DescribedSegment described;
  SegmentManifest& manifest = described.manifest;
  manifest.engine = "postgresql";
  manifest.timeline = name.timeline;
  manifest.start_lsn = scan.header.page.address;
  manifest.end_lsn = {manifest.start_lsn.value + cluster.segment_size};
  manifest.number = {manifest.start_lsn.value / cluster.segment_size};
  manifest.last_record_lsn = scan.last_start.value_or(manifest.start_lsn);
  manifest.link_in = link_token(scan.previous);
  manifest.link_out = link_token(scan.last_start);
  const auto& commits = facts.facts.commits;
  manifest.commits.count = commits.size();
  if (!commits.empty()) {
    manifest.commits.first = commits.front().point;
    manifest.commits.last = commits.back().point;
  }
  const auto& timed = facts.facts.timed;
  if (!timed.empty()) {
    const auto [min, max] =
        std::minmax_element(timed.begin(), timed.end(),
                            [](const TimedRecord& a, const TimedRecord& b) { return a.time < b.time; });
    manifest.time = TimeBounds{min->time, max->time};
  }
  // At the latest time itself there may be one more, in the next segment.
  if (facts.latest) manifest.captured_to = *facts.latest - Duration(1);
  manifest.xid = facts.xids;
  manifest.restore_points = std::move(facts.restore_points);
  manifest.engine_data = to_json(SegmentData{cluster, name, scan.incoming ? before.enters : std::nullopt,
                                             std::move(facts.leaves), before.next_xid, facts.next_xid});
  described.facts = std::move(facts.facts);
  return described;
}

SegmentFacts scan_stored_segment(const SegmentManifest& manifest, ByteSource& raw) {
  const SegmentData data = segment_data(manifest);
  const std::string what = data.name.text();
  const Bytes bytes = read_raw(raw, data.cluster.segment_size, what);
  DescribedSegment found = describe_segment(scan_segment(bytes, data.name, what), data.name,
                                            {data.enters, data.next_xid_in}, what);
  if (described(std::move(found.manifest), manifest) != to_json(manifest, LsnNotation::hex_pair)) {
    throw Error(Errc::corrupt, fmt::format("{} is not what its manifest says", what));
  }
  return std::move(found.facts);
}

}  // namespace pitr::postgresql
