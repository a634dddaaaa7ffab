#pragma once

#include "base/file.hpp"
#include "base/json.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace pitr {

// Which file a database is: recorded with every segment, so that the log of another is not taken for it.
struct SourceIdentity {
  std::string host;                    // host name
  std::optional<std::string> machine;  // hash of the machine id, where there is one
  std::string path;                    // canonical
  std::uint64_t inode = 0;
};

SourceIdentity identify(const fs::path& canonical_path, std::uint64_t inode);

Json to_json(const SourceIdentity& identity);
SourceIdentity identity_from_json(const Json& json, const std::string& what);

// The same path on the same machine, whatever file is there now.
bool same_place(const SourceIdentity& a, const SourceIdentity& b);
// "HOST:/path"
std::string describe(const SourceIdentity& identity);

}  // namespace pitr
