#include "engine/postgresql/server_files.hpp"

#include <doctest/doctest.h>

namespace pitr::postgresql {
namespace {

TEST_CASE("what a server makes by itself is known by its name") {
  for (const char* path : {"base",
                           "base/1",
                           "base/1/1259",
                           "base/1/1259_fsm",
                           "base/1/1259_vm.1",
                           "base/1/1259_init",
                           "base/1/1259.17",
                           "base/1/t3_16384",
                           "base/1/t3_16384_fsm",
                           "base/1/pg_filenode.map",
                           "base/1/pg_internal.init",
                           "base/1/pg_internal.init.4711",
                           "base/1/PG_VERSION",
                           "base/pgsql_tmp",
                           "base/pgsql_tmp/pgsql_tmp1.0",
                           "global",
                           "global/1262",
                           "global/pg_control",
                           "pg_wal",
                           "pg_wal/000000010000000000000001",
                           "pg_wal/archive_status/x.ready",
                           "pg_xact/0000",
                           "postmaster.pid",
                           "backup_label.old",
                           "standby.signal",
                           "pg_logical/replorigin_checkpoint"})
    CHECK_MESSAGE(is_server_made(path), path);
}

TEST_CASE("what no server makes is somebody's") {
  for (const char* path : {"notes",
                           "postgresql.conf",
                           "postgresql.conf.bak",
                           "server.key",
                           "log",
                           "log/postgresql.log",
                           "base/x",
                           "base/1/1259x",
                           "base/1/1259_",
                           "base/1/1259_foo",
                           "base/1/1259.",
                           "base/1/1259.x",
                           "base/1/t_1",
                           "base/1/t1",
                           "base/1/t1_",
                           "base/1/",
                           "base/1/2/3",
                           "global/notes",
                           "pg_walx",
                           "pg_tblspc/notes",
                           ""})
    CHECK_MESSAGE(!is_server_made(path), path);
}

TEST_CASE("in a tablespace, a version's directory holds databases") {
  CHECK(is_server_made_in_tablespace("PG_15_202209061/5/16401"));
  CHECK(is_server_made_in_tablespace("PG_15_202209061/pgsql_tmp/pgsql_tmp1.0"));
  CHECK_FALSE(is_server_made_in_tablespace("PG_15_202209061/notes"));
  CHECK_FALSE(is_server_made_in_tablespace("PG_15_202209061/5/notes"));
}

}  // namespace
}  // namespace pitr::postgresql
