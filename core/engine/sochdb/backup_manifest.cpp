#include "engine/sochdb/backup_manifest.hpp"

#include "base/json.hpp"
#include "engine/sochdb/record.hpp"

namespace pitr::sochdb {

BackupManifest parse_backup_manifest(std::string_view text, const std::string& what) {
  const Json json = parse_json(text, what);
  const JsonReader reader(json, what);
  const auto taken = clock_time(reader.u64("timestamp_us"));
  if (!taken) reader.fail("timestamp_us", "is no time");
  return {*taken, reader.u64("size_bytes"), reader.u64("file_count"), reader.string("database_version"),
          reader.string("source_path")};
}

}  // namespace pitr::sochdb
