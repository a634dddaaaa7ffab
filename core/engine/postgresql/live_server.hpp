#pragma once

#include "engine/live_server.hpp"

#include <memory>
#include <string>

namespace pitr::postgresql {

// LogShipping::connect and begin_backup for PostgreSQL. source: a data directory, or a connection string or
// URI of libpq.
std::unique_ptr<LiveServer> connect(const std::string& source);
std::unique_ptr<ServerBackup> begin_backup(const std::string& source, bool fast);

}  // namespace pitr::postgresql
