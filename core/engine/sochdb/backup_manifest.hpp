#pragma once

#include "base/time.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace pitr::sochdb {

// The file manifest.json in a directory that SochDB's own backup made. Its checksum is over the files in the
// order in which their directory was read, which nobody knows afterwards.
struct BackupManifest {
  Timestamp taken;
  std::uint64_t size = 0;   // bytes, of all files
  std::uint64_t files = 0;  // without this one
  std::string version;      // of SochDB
  std::string source;       // the database's directory
};

// Throws Errc::corrupt, naming `what` and the member.
BackupManifest parse_backup_manifest(std::string_view text, const std::string& what);

}  // namespace pitr::sochdb
