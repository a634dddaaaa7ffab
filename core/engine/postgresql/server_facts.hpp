#pragma once

#include "base/file.hpp"
#include "base/time.hpp"
#include "engine/postgresql/server_connection.hpp"
#include "model/ids.hpp"

#include <cstdint>
#include <map>
#include <string>

namespace pitr::postgresql {

// What a server tells of itself and its cluster.
struct ServerFacts {
  int major = 0;
  std::string version;  // as people write it: "15.18"
  std::uint64_t system_identifier = 0;
  TimelineId timeline;  // of the log it writes; of a standby: of the log it has replayed
  std::uint32_t wal_segment_size = 0;
  bool in_recovery = false;  // a standby
  bool has_checksums = false;
  fs::path data_directory;  // on the server's machine
  std::uint16_t port = 0;
  Timestamp started_at;
  // Whether it archives its log, and has a command or library to do so.
  enum class Archiving { off, without_destination, on };
  Archiving archiving = Archiving::off;
};

// Throws a usage error when the role may not see the settings.
ServerFacts server_facts(ServerConnection& connection);

// Names of the tablespaces, by OID.
std::map<std::uint32_t, std::string> tablespace_names(ServerConnection& connection);

}  // namespace pitr::postgresql
