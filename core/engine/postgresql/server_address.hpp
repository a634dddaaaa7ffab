#pragma once

#include "base/file.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pitr::postgresql {

// What a running server writes into its data directory.
struct PostmasterFile {
  std::int64_t pid = 0;
  std::int64_t start_time = 0;  // Unix seconds
  std::uint16_t port = 0;
  std::string socket_directory;  // empty: it has none
  std::string listen_address;    // empty: it listens to none; "*": to all
};

// Reads postmaster.pid. Throws Errc::corrupt, naming `what`, for anything else.
PostmasterFile parse_postmaster_file(std::string_view text, const std::string& what);

// The one of this data directory; nothing when there is none, or not a whole one.
std::optional<PostmasterFile> read_postmaster_file(const fs::path& data_directory);

// The same, of a server that runs and can be reached. Throws Errc::unavailable otherwise.
PostmasterFile running_postmaster(const fs::path& data_directory);

// How to reach a server: parameters for libpq, in pairs.
struct ServerAddress {
  struct Parameter {
    std::string keyword;
    std::string value;
  };
  std::vector<Parameter> parameters;
  std::optional<fs::path> data_directory;  // if the source was one
  std::string shown;                       // for people; never holds a password
};

// source: a data directory, whose server then is meant, or a connection string or URI of libpq. A data
// directory's server is asked as the user in PGUSER, or its owner. Throws a usage error for anything else;
// none of what it throws repeats a connection string, where a password may stand.
ServerAddress server_address(const std::string& source);

}  // namespace pitr::postgresql
