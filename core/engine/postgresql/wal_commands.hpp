#pragma once

#include "engine/postgresql/server_connection.hpp"
#include "model/ids.hpp"

#include <string>

namespace pitr::postgresql {

// Writes a restore point into a primary's log and returns where its record ends. Throws a usage error for a
// name that PostgreSQL does not take, on a standby, and when the role may not do this.
Lsn create_restore_point(ServerConnection& connection, const std::string& name);

// Ends the current segment of a primary's log, so that it is archived. Returns the end of what is in it: the
// segment that holds the byte before is complete now. Nothing happens when nothing was written to the current
// segment yet. Throws a usage error on a standby, and when the role may not do this.
Lsn switch_wal(ServerConnection& connection);

}  // namespace pitr::postgresql
