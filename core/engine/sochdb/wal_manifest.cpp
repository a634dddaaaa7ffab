#include "engine/sochdb/wal_manifest.hpp"

#include "base/json.hpp"

#include <fmt/format.h>

namespace pitr::sochdb {

namespace {

constexpr std::uint64_t kFormat = 1;

}  // namespace

WalManifest parse_wal_manifest(std::string_view text, const std::string& what) {
  const Json json = parse_json(text, what);
  const JsonReader reader(json, what);
  const std::uint64_t format = reader.u64("format_version");
  if (format != kFormat) reader.fail("format_version", fmt::format("is {}, not {}", format, kFormat));
  return {reader.string("db_uuid"), reader.u64("last_checkpoint_lsn")};
}

std::string format_wal_manifest(const WalManifest& manifest) {
  Json json;
  json["format_version"] = kFormat;
  json["db_uuid"] = manifest.database;
  json["last_checkpoint_lsn"] = manifest.last_checkpoint;
  return json.dump(2);
}

}  // namespace pitr::sochdb
