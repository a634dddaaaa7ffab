#pragma once

#include "base/json.hpp"
#include "base/time.hpp"
#include "model/payload.hpp"

#include <string>

namespace pitr {

// A file that goes with the log but is not part of it, as files/<name> says it.
struct FileManifest {
  std::string repository;
  std::string engine;
  std::string name;
  PayloadManifest payload;
  Timestamp archived_at;
};

// Throws Errc::internal for a manifest that could not be read back.
Json to_json(const FileManifest& manifest);
// Checks every field; throws Errc::corrupt naming `what`. Unknown fields are ignored, a higher format is
// refused.
FileManifest file_manifest_from_json(const Json& json, const std::string& what);

}  // namespace pitr
