#include "engine/postgresql/wal_commands.hpp"

#include "base/error.hpp"
#include "base/utf8.hpp"

#include <fmt/format.h>

namespace pitr::postgresql {

namespace {

constexpr std::size_t kMaxNameLength = 63;

void require_primary(ServerConnection& connection, std::string_view doing) {
  if (!bool_of(connection.row("SELECT pg_is_in_recovery()", {}, ""), 0)) return;
  throw Error(Errc::usage, fmt::format("cannot {} on a standby: {} writes no log", doing, connection.shown()),
              "name the primary as the source");
}

}  // namespace

Lsn create_restore_point(ServerConnection& connection, const std::string& name) {
  if (name.empty() || name.size() > kMaxNameLength || !is_utf8(name) || has_control_characters(name)) {
    throw Error(Errc::usage,
                fmt::format("PostgreSQL takes no restore point of that name ({} bytes)", name.size()),
                fmt::format("a name has 1 to {} bytes of UTF-8 text", kMaxNameLength));
  }
  require_primary(connection, "create a restore point");
  const auto row = connection.row(
      "SELECT pg_create_restore_point($1)", {name},
      "the role must be a superuser, or: GRANT EXECUTE ON FUNCTION pg_create_restore_point(text) TO it");
  return lsn_of(row, 0);
}

Lsn switch_wal(ServerConnection& connection) {
  require_primary(connection, "switch the log");
  const auto row =
      connection.row("SELECT pg_switch_wal()", {},
                     "the role must be a superuser, or: GRANT EXECUTE ON FUNCTION pg_switch_wal() TO it");
  return lsn_of(row, 0);
}

}  // namespace pitr::postgresql
