#include "engine/sochdb/backup_manifest.hpp"
#include "fixture.hpp"
#include "support/caught.hpp"
#include "support/json_damage.hpp"

#include <doctest/doctest.h>

namespace pitr::sochdb {
namespace {

TEST_CASE("the manifest of SochDB's own backup is read") {
  const BackupManifest manifest = parse_backup_manifest(test::fixture("backup-1/backup/manifest.json"), "m");
  CHECK(manifest.taken == Timestamp{1795394661222969});
  CHECK(manifest.size == 1767);
  CHECK(manifest.files == 3);
  CHECK(manifest.version == "2.1.0");
  CHECK(manifest.source == "/var/lib/sochdb/app");
}

TEST_CASE("a backup's manifest that lacks a member, or has a wrong one, is corrupt") {
  Json json = parse_json(test::fixture("backup-1/backup/manifest.json"), "m");
  json.erase("created_at");  // neither is read
  json.erase("checksum");
  pitr::test::check_damage(json, {}, {}, [](const Json& damaged) {
    static_cast<void>(parse_backup_manifest(damaged.dump(), "m"));
  });
}

}  // namespace
}  // namespace pitr::sochdb
