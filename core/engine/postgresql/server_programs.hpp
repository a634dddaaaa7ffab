#pragma once

#include "base/file.hpp"

#include <optional>
#include <string_view>
#include <vector>

namespace pitr::postgresql {

// The server's program, `postgres`, of a major version.
struct ServerProgram {
  fs::path path;
  int major = 0;
};

// Those of this machine: in PATH, and where distributions put them.
std::vector<ServerProgram> installed_servers();

// The one for a cluster of that version; in `directory` where one is given. Throws a usage error that tells
// what was found where.
ServerProgram server_for(int major, const std::optional<fs::path>& directory);

// "postgres (PostgreSQL) 15.4 (Debian 15.4-1)": 15. Nothing for any other text.
std::optional<int> major_of_version_text(std::string_view text);

}  // namespace pitr::postgresql
