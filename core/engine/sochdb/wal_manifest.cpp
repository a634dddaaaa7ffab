#include "engine/sochdb/wal_manifest.hpp"

#include "base/json.hpp"

#include <fmt/format.h>

namespace pitr::sochdb {

WalManifest parse_wal_manifest(std::string_view text, const std::string& what) {
  constexpr std::uint64_t kFormat = 1;
  const Json json = parse_json(text, what);
  const JsonReader reader(json, what);
  const std::uint64_t format = reader.u64("format_version");
  if (format != kFormat) reader.fail("format_version", fmt::format("is {}, not {}", format, kFormat));
  return {reader.string("db_uuid"), reader.u64("last_checkpoint_lsn")};
}

}  // namespace pitr::sochdb
