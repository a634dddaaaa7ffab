#include "engine/sochdb/wal_manifest.hpp"
#include "fixture.hpp"
#include "support/caught.hpp"

#include <doctest/doctest.h>

namespace pitr::sochdb {
namespace {

using pitr::test::caught;

TEST_CASE("a manifest that SochDB wrote is read") {
  const WalManifest manifest = parse_wal_manifest(test::fixture("enc-1/wal.manifest"), "m");
  CHECK(manifest.database == "6bb26b6fcb1c87889645e4ed8ec93beb");
  CHECK(manifest.last_checkpoint == 34);
}

TEST_CASE("what SochDB does not open a database with is corrupt") {
  for (const char* wrong : {"", "{", "[]", R"({"db_uuid":"a","last_checkpoint_lsn":0})",
                            R"({"format_version":2,"db_uuid":"a","last_checkpoint_lsn":0})",
                            R"({"format_version":1,"db_uuid":1,"last_checkpoint_lsn":0})",
                            R"({"format_version":1,"db_uuid":"a","last_checkpoint_lsn":-1})",
                            R"({"format_version":1,"db_uuid":"a"})"}) {
    CAPTURE(wrong);
    CHECK(caught([&] { parse_wal_manifest(wrong, "m"); }).code() == Errc::corrupt);
  }
}

TEST_CASE("a manifest may hold any text for an id, and members that are not known") {
  const WalManifest manifest =
      parse_wal_manifest(R"({"format_version":1,"db_uuid":"","last_checkpoint_lsn":7,"more":[]})", "m");
  CHECK(manifest.database.empty());
  CHECK(manifest.last_checkpoint == 7);
}

}  // namespace
}  // namespace pitr::sochdb
