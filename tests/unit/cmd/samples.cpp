#include "unit/cmd/samples.hpp"

#include <utility>

namespace pitr::cmd::test {

namespace {

constexpr std::uint64_t kMiB = 1024 * 1024;

TimelineEntry timeline(std::uint32_t id, std::optional<std::pair<std::uint32_t, std::uint64_t>> parent) {
  TimelineEntry entry;
  entry.id = {id};
  TimelineDocument document;
  document.timeline = {id};
  if (parent) {
    document.parent = TimelineId{parent->first};
    document.fork_lsn = Lsn{parent->second};
  }
  document.created_at = minute(id == 1 ? 0 : 70);
  entry.document = document;
  return entry;
}

SegmentManifest segment(std::uint64_t number, std::uint64_t start, std::uint64_t end, std::int64_t minutes) {
  SegmentManifest manifest;
  manifest.number = {number};
  manifest.start_lsn = {start};
  manifest.end_lsn = {end};
  manifest.commits = {3, point(start + 5, minutes - 1, number * 10), point(end, minutes, number * 10 + 2)};
  manifest.time = TimeBounds{minute(minutes - 2), minute(minutes)};
  manifest.captured_to = minute(minutes);
  manifest.archived_at = minute(minutes);
  manifest.payload.size = 3 * kMiB;
  manifest.payload.stored_size = kMiB;
  manifest.payload.codec = "zstd";
  return manifest;
}

void add_segment(Inventory& inventory, std::uint32_t timeline_id, const SegmentManifest& manifest) {
  const SegmentEntry entry{manifest.number, manifest.number, kMiB + 512};
  inventory.catalogue.timelines[{timeline_id}].segments.push_back(entry);
  inventory.catalogue.add({timeline_id}, entry, {manifest, {}});
}

SnapshotManifest snapshot(const char* id, std::uint32_t timeline_id, const Point& at, std::int64_t minutes) {
  SnapshotManifest manifest;
  manifest.id = id;
  manifest.timeline = {timeline_id};
  manifest.start_lsn = at.lsn;
  manifest.consistent_lsn = at.lsn;
  manifest.point = at;
  manifest.created_at = minute(minutes);
  manifest.files = 1;
  manifest.size = 12 * kMiB;
  manifest.new_bytes = kMiB;
  return manifest;
}

RestorePoint restore_point(const char* name, const Point& at, const char* description) {
  RestorePoint named;
  named.name = name;
  named.timeline = {1};
  named.point = at;
  named.description = description;
  named.created_at = minute(61);
  return named;
}

void add_survey(Survey& survey) {
  Window first{
      {1}, "20261123T100000Z-00000a", point(0, 0, 0), point(100, 20, 12), WindowEnd::gap, 11, 4 * kMiB, {}};
  first.bridges.push_back({point(50, 8, 5), point(60, 12, 9), 4});
  survey.windows.push_back(first);
  survey.windows.push_back({{1},
                            "20261123T103000Z-00000b",
                            point(201, 30, 20),
                            point(300, 60, 32),
                            WindowEnd::head,
                            12,
                            8 * kMiB,
                            {}});
  survey.windows.push_back({{2},
                            "20261123T103000Z-00000b",
                            point(250, 45, 26),
                            point(260, 72, 27),
                            WindowEnd::conflict,
                            1,
                            512,
                            {}});
  survey.gaps.push_back({{1}, point(100, 20, 12), point(201, 30, 20), "segments 3 to 4 are missing", true});
  survey.conflicts.push_back({{2}, {9}, "segment 9 does not continue segment 8"});
}

}  // namespace

Timestamp minute(std::int64_t minutes) {
  return parse_time("2026-11-23T10:00:00Z") + std::chrono::minutes(minutes);
}

Point point(std::uint64_t lsn, std::int64_t minutes, std::uint64_t xid) {
  return {{lsn}, minute(minutes), Xid{xid}};
}

Inventory sample_inventory() {
  Inventory inventory;
  inventory.location = "/backup/orders";
  inventory.repository = "00112233445566778899aabbccddeeff";
  inventory.engine = "sqlite";
  inventory.codec = "zstd:1";
  inventory.created_at = minute(0);
  inventory.now = minute(75);
  inventory.stored_bytes = 12 * kMiB + 512;
  Catalogue& catalogue = inventory.catalogue;
  catalogue.timelines[{1}] = timeline(1, std::nullopt);
  catalogue.timelines[{2}] = timeline(2, std::pair<std::uint32_t, std::uint64_t>{1, 250});
  add_segment(inventory, 1, segment(1, 0, 100, 20));
  add_segment(inventory, 1, segment(5, 201, 300, 60));
  const SegmentEntry damaged{{6}, {6}, std::nullopt};
  catalogue.timelines[{1}].segments.push_back(damaged);
  catalogue.add({1}, damaged, {std::nullopt, "its sum does not hold"});
  add_segment(inventory, 2, segment(8, 250, 260, 72));
  catalogue.snapshots = {snapshot("20261123T100000Z-00000a", 1, point(0, 0, 0), 0),
                         snapshot("20261123T103000Z-00000b", 1, point(201, 30, 20), 30)};
  catalogue.restore_points = {restore_point("v2", point(300, 60, 32), "before \x1b[2J 2.0"),
                              restore_point("before-migration", point(240, 40, 25), "")};
  catalogue.restore_points.back().logged = true;
  catalogue.damaged = {{"restore-points/x", "it is no JSON"}};
  catalogue.unknown_objects = {"notes.txt"};
  add_survey(inventory.survey);
  return inventory;
}

RestorePlan sample_plan() {
  RestorePlan plan;
  plan.plan.timeline = {1};
  plan.plan.snapshot = "20261123T100000Z-00000a";
  plan.plan.segments = {{{1}, {{1}, {1}, kMiB}}};
  plan.plan.stop = {90};
  plan.plan.reached = point(90, 18, 11);
  plan.plan.first_dropped = point(100, 20, 12);
  plan.plan.undecidable = 1;
  plan.plan.snapshot_bytes = 12 * kMiB;
  plan.plan.log_bytes = 3 * kMiB;
  plan.plan.log_stored_bytes = kMiB;
  plan.plan.warnings = {"a later commit has an earlier time"};
  plan.plan.rejected = {{"20261123T103000Z-00000b", "it is later than the target"}};
  plan.repository = "00112233445566778899aabbccddeeff";
  plan.engine = "sqlite";
  plan.target = "time 2026-11-23T10:19:00.000000Z";
  plan.target_directory = "/restore";
  plan.space_needed = 15 * kMiB;
  plan.space_free = 1024 * kMiB;
  plan.planning_time = std::chrono::milliseconds(200);
  return plan;
}

RestoreResult sample_result() {
  RestoreResult result;
  result.replay.files = {"orders.db"};
  result.replay.snapshot_bytes = 12 * kMiB;
  result.replay.log_bytes = 3 * kMiB;
  result.replay.records = 1234;
  result.replay.transactions = 11;
  result.replay.written_bytes = 13 * kMiB;
  result.replay.size = 12 * kMiB;
  result.replay.snapshot_time = std::chrono::milliseconds(500);
  result.replay.log_time = std::chrono::milliseconds(1500);
  result.replay.sync_time = std::chrono::milliseconds(100);
  result.reached = point(90, 18, 11);
  result.restore_id = "cafe";
  result.total_time = std::chrono::milliseconds(2300);
  return result;
}

RefusedRestore sample_refusal() {
  RefusedRestore refused;
  refused.refusal.code = Errc::wal_gap;
  refused.refusal.message = "LSN 150 is inside a gap";
  refused.refusal.hint = "pitrctl restore --to-lsn 100";
  refused.refusal.before = TimelinePoint{{1}, point(100, 20, 12)};
  refused.refusal.after = TimelinePoint{{1}, point(201, 30, 20)};
  refused.refusal.candidates = {{{2}, {{150}, std::nullopt, std::nullopt}}};
  return refused;
}

ValidateReport sample_validation() {
  ValidateReport report;
  report.repository = "00112233445566778899aabbccddeeff";
  report.level = ValidateLevel::checksums;
  report.findings = {{Errc::wal_gap, "", "segments 3 to 4 of timeline 1 are missing"},
                     {Errc::corrupt, "segments/00000001/0000000000000006.seg", "its sum does not hold"}};
  report.notes = {"an unfinished snapshot left 2 packs"};
  report.source = SourceComparison{"/srv/orders.db", 3, ""};
  report.objects = 9;
  report.bytes_read = 12 * kMiB;
  report.segments = 4;
  report.snapshots = 2;
  report.windows = 3;
  report.duration = std::chrono::milliseconds(400);
  return report;
}

}  // namespace pitr::cmd::test
