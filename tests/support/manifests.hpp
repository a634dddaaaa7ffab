#pragma once

#include "model/segment_manifest.hpp"
#include "model/snapshot_manifest.hpp"
#include "support/seed.hpp"

#include <string>

namespace pitr::test {

inline constexpr const char* kRepositoryId = "0123456789abcdef0123456789abcdef";

inline Timestamp random_time(Random& random) {
  return {static_cast<std::int64_t>(between(random, 0, 4'000'000'000'000'000))};
}

inline std::string random_text(Random& random) {
  static constexpr const char* kPieces[] = {
      "a", "B", "7", " ", "\"", "\\", "\n", "\xC3\xA9", "\xF0\x9F\x98\x80", "/"};
  std::string text;
  for (std::uint64_t n = between(random, 0, 12); n > 0; --n) text += kPieces[between(random, 0, 9)];
  return text;
}

inline Digest random_digest(Random& random) { return {random(), random()}; }

inline PayloadManifest random_payload(Random& random) {
  static constexpr const char* kCodecs[] = {"none", "zstd", "lz4", "snappy"};
  PayloadManifest payload;
  payload.size = random();
  payload.stored_size = between(random, 0, 5 * kPayloadBlock);
  payload.xxh3 = random_digest(random);
  payload.codec = kCodecs[between(random, 0, 3)];
  for (std::uint64_t at = 0; at < payload.stored_size; at += kPayloadBlock)
    payload.block_hashes.push_back(random());
  return payload;
}

inline Point random_point(Random& random, Lsn lsn) {
  Point point{lsn, std::nullopt, std::nullopt};
  if (coin(random)) point.time = random_time(random);
  if (coin(random)) point.xid = Xid{random()};
  return point;
}

// Some segment that can be.
inline SegmentManifest random_segment(Random& random) {
  SegmentManifest segment;
  segment.repository = kRepositoryId;
  segment.engine = "sqlite";
  segment.timeline = {static_cast<std::uint32_t>(between(random, 1, 0xFFFFFFFF))};
  segment.number = {random()};
  segment.content = static_cast<SegmentContent>(between(random, 0, 3));
  const bool is_empty = segment.content == SegmentContent::start || segment.content == SegmentContent::mark;
  segment.start_lsn = {between(random, 0, 1ULL << 60U)};
  segment.end_lsn = {segment.start_lsn.value + (is_empty ? 0 : between(random, 2, 1ULL << 40U))};
  segment.last_record_lsn = {between(random, segment.start_lsn.value, segment.end_lsn.value)};
  segment.link_in = random_text(random);
  segment.link_out = random_text(random);
  segment.payload = random_payload(random);
  segment.archived_at = random_time(random);
  segment.commits.count = is_empty                                    ? 0
                          : segment.content == SegmentContent::bridge ? 1
                                                                      : between(random, 0, 2);
  if (segment.commits.count > 0) {
    segment.commits.first = random_point(random, {segment.start_lsn.value + 1});
    segment.commits.last = segment.commits.first;
    if (segment.commits.count > 1) segment.commits.last = random_point(random, segment.end_lsn);
  }
  if (segment.content == SegmentContent::log && coin(random)) segment.commits = {std::nullopt, {}, {}};
  if (coin(random)) {
    const Timestamp min = random_time(random);
    segment.time = TimeBounds{min, min + Duration(between(random, 0, 1000))};
  }
  if (coin(random)) segment.captured_to = random_time(random);
  if (coin(random)) segment.xid = XidBounds{{5}, {between(random, 5, 50)}};
  if (segment.content == SegmentContent::bridge && coin(random)) segment.hidden_commits = random();
  if (segment.content == SegmentContent::mark || coin(random)) segment.snapshot = "20261123T101112Z-1a2b3c";
  for (std::uint64_t n = between(random, 0, 2); n > 0; --n) {
    segment.restore_points.push_back({random_text(random), random_point(random, segment.end_lsn)});
  }
  segment.engine_data = Json{{"page_size", 4096U}, {"note", random_text(random)}};
  return segment;
}

// Some snapshot that can be.
inline SnapshotManifest random_snapshot(Random& random) {
  SnapshotManifest snapshot;
  snapshot.repository = kRepositoryId;
  snapshot.engine = "sqlite";
  snapshot.id = "20261123T101112Z-1a2b3c";
  snapshot.timeline = {static_cast<std::uint32_t>(between(random, 1, 0xFFFFFFFF))};
  snapshot.start_lsn = {between(random, 0, 1ULL << 60U)};
  snapshot.consistent_lsn = {snapshot.start_lsn.value + between(random, 0, 100)};
  snapshot.next_number = {random()};
  snapshot.link = random_text(random);
  snapshot.point = random_point(random, snapshot.consistent_lsn);
  snapshot.empty = coin(random);
  if (coin(random)) snapshot.captured_to = random_time(random);
  snapshot.created_at = random_time(random);
  snapshot.files = random();
  snapshot.size = random();
  snapshot.new_bytes = random();
  snapshot.table = random_payload(random);
  for (std::uint64_t n = between(random, 0, 3); n > 0; --n) {
    snapshot.packs.push_back(
        {"packs/some-" + std::to_string(n) + ".pack", 1000 + n, n, "zstd", random_digest(random)});
  }
  snapshot.engine_data["page_size"] = 4096U;
  return snapshot;
}

}  // namespace pitr::test
