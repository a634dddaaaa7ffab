#include "model/snapshot_manifest.hpp"
#include "support/caught.hpp"
#include "support/json_damage.hpp"
#include "support/manifests.hpp"

#include <functional>

using namespace pitr;
using namespace pitr::test;

namespace {

constexpr LsnNotation kDecimal = LsnNotation::decimal;

SnapshotManifest full_snapshot() {
  SnapshotManifest snapshot;
  snapshot.repository = kRepositoryId;
  snapshot.engine = "sqlite";
  snapshot.id = "20261123T101112Z-1a2b3c";
  snapshot.timeline = {1};
  snapshot.start_lsn = {100};
  snapshot.consistent_lsn = {110};
  snapshot.next_number = {3};
  snapshot.link = "link";
  snapshot.point = {{110}, Timestamp{5}, Xid{8}};
  snapshot.captured_to = Timestamp{6};
  snapshot.created_at = parse_time("2026-11-23T10:11:12Z");
  snapshot.files = 1;
  snapshot.size = 4096;
  snapshot.new_bytes = 100;
  snapshot.table = {200, 50, {1, 2}, {3}, "zstd"};
  snapshot.packs.push_back({"packs/x-1.pack", 1000, 64, "none", {4, 5}});
  snapshot.engine_data["page_size"] = 4096U;
  return snapshot;
}

void check_refused(const std::function<void(SnapshotManifest&)>& change) {
  SnapshotManifest snapshot = full_snapshot();
  change(snapshot);
  CHECK(caught([&] { (void)to_json(snapshot, kDecimal); }).code() == Errc::internal);
}

}  // namespace

TEST_CASE("a snapshot's manifest reads like this") {
  CHECK(
      to_json(full_snapshot(), kDecimal).dump() ==
      R"({"format":1,"kind":"snapshot","repository":"0123456789abcdef0123456789abcdef","engine":"sqlite",)"
      R"("id":"20261123T101112Z-1a2b3c","timeline":1,"start_lsn":"100","consistent_lsn":"110","next_number":3,)"
      R"("link":"link","point":{"lsn":"110","time":"1970-01-01T00:00:00.000005Z","xid":8},"empty":false,)"
      R"("captured_to":"1970-01-01T00:00:00.000006Z","created_at":"2026-11-23T10:11:12.000000Z",)"
      R"("files":1,"size":4096,"new_bytes":100,"table":{"size":200,"stored_size":50,)"
      R"("xxh3":"00000000000000010000000000000002","codec":"zstd","blocks":"0000000000000003"},)"
      R"("packs":[{"name":"packs/x-1.pack","object_size":1000,"payload_offset":64,"codec":"none",)"
      R"("sum":"00000000000000040000000000000005"}],"sqlite":{"page_size":4096}})");
}

TEST_CASE("any snapshot is read back as it was stored") {
  Random random(test_seed());
  for (int i = 0; i < 300; ++i) {
    const SnapshotManifest snapshot = random_snapshot(random);
    const LsnNotation notation = coin(random) ? kDecimal : LsnNotation::hex_pair;
    const std::string text = to_json(snapshot, notation).dump();
    const SnapshotManifest back = snapshot_manifest_from_json(parse_json(text, "here"), notation, "here");
    CHECK(to_json(back, notation).dump() == text);
    CHECK(back.point == snapshot.point);
    CHECK(back.table.block_hashes == snapshot.table.block_hashes);
    CHECK(back.packs.size() == snapshot.packs.size());
    CHECK(back.next_number == snapshot.next_number);
  }
}

TEST_CASE("a damaged snapshot manifest is corrupt, whatever the damage") {
  check_damage(to_json(full_snapshot(), kDecimal), {"/sqlite"}, {"/point/time", "/point/xid", "/captured_to"},
               [](const Json& json) { (void)snapshot_manifest_from_json(json, kDecimal, "here"); });
}

TEST_CASE("a snapshot that could not be read back is not stored") {
  check_refused([](SnapshotManifest& s) { s.consistent_lsn = s.point.lsn = {99}; });
  check_refused([](SnapshotManifest& s) { s.point.lsn = {109}; });
  check_refused([](SnapshotManifest& s) { s.id = "a/b"; });
  check_refused([](SnapshotManifest& s) { s.id = ""; });
  check_refused([](SnapshotManifest& s) { s.timeline = {0}; });
  check_refused([](SnapshotManifest& s) { s.engine = "packs"; });
  check_refused([](SnapshotManifest& s) { s.packs.front().name = "../x.pack"; });
  check_refused([](SnapshotManifest& s) { s.packs.front().payload_offset = 1001; });
  check_refused([](SnapshotManifest& s) { s.packs.front().codec = "gzip"; });
}
