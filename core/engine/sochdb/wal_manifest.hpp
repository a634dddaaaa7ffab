#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace pitr::sochdb {

// The file wal.manifest. That it is there keeps SochDB from truncating its log.
struct WalManifest {
  std::string database;               // any text
  std::uint64_t last_checkpoint = 0;  // number of the checkpoint's record, from 0; SochDB does not check it
};

// Throws Errc::corrupt, naming `what` and the member, on what SochDB refuses to open a database with.
WalManifest parse_wal_manifest(std::string_view text, const std::string& what);

// The text of one.
std::string format_wal_manifest(const WalManifest& manifest);

}  // namespace pitr::sochdb
