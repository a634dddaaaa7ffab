#include "engine/postgresql/backup_files.hpp"
#include "support/caught.hpp"
#include "support/temp_dir.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <boost/filesystem/operations.hpp>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>

namespace pitr::postgresql {
namespace {

using test::caught;

constexpr const char* kFolder = "PG_15_202209061";

// A data directory made by hand.
class Cluster {
 public:
  Cluster() { fs::create_directory(root()); }

  [[nodiscard]] fs::path root() const { return dir_ / "data"; }
  [[nodiscard]] fs::path outside(const std::string& name) const { return dir_ / name; }

  void file(const std::string& path, const std::string& content = "x") const {
    write(root() / path, content);
  }
  void directory(const std::string& path) const { fs::create_directories(root() / path); }
  void link(const std::string& path, const fs::path& to) const {
    fs::create_directories((root() / path).parent_path());
    fs::create_symlink(to, root() / path);
  }
  static void write(const fs::path& path, const std::string& content = "x") {
    fs::create_directories(path.parent_path());
    write_all(open_file(path, O_WRONLY | O_CREAT).get(), as_bytes(content), path);
  }

  [[nodiscard]] BackupFiles list() const { return list_backup_files(root(), kFolder); }
  [[nodiscard]] std::vector<std::string> files() const {
    std::vector<std::string> paths;
    for (const auto& listed : list().files) paths.push_back(listed.path);
    return paths;
  }
  [[nodiscard]] std::vector<std::string> directories() const {
    std::vector<std::string> paths;
    for (const auto& listed : list().directories) paths.push_back(listed.path);
    return paths;
  }

 private:
  test::TempDir dir_;
};

using Paths = std::vector<std::string>;

TEST_CASE(
    "everything is stored that is not known to be worthless, and directories come before what is in them") {
  const Cluster cluster;
  for (const char* path : {"PG_VERSION", "base/5/1259", "base/5/1259_vm", "base/5/PG_VERSION", "pg_xact/0000",
                           "postgresql.conf", ".DS_Store", "log/a.log", "pg_stat/pgstat.stat",
                           "backup_label.old", "standby.signal", "pg_logical/snapshots/0-1.snap"})
    cluster.file(path);
  CHECK(cluster.files() == Paths{".DS_Store", "PG_VERSION", "backup_label.old", "base/5/1259",
                                 "base/5/1259_vm", "base/5/PG_VERSION", "log/a.log",
                                 "pg_logical/snapshots/0-1.snap", "pg_stat/pgstat.stat", "pg_xact/0000",
                                 "postgresql.conf", "standby.signal"});
  CHECK(cluster.directories() ==
        Paths{"base", "base/5", "log", "pg_logical", "pg_logical/snapshots", "pg_stat", "pg_xact"});
  CHECK(cluster.list().size() == 12);
  CHECK(cluster.list().remarks.empty());
}

TEST_CASE("of what a server makes anew only the directories are stored") {
  const Cluster cluster;
  for (const char* path :
       {"pg_wal/000000010000000000000001", "pg_wal/archive_status/x.done", "pg_wal/summaries/s",
        "pg_replslot/a/state", "pg_dynshmem/mmap.1", "pg_notify/0000", "pg_serial/0000", "pg_snapshots/1",
        "pg_stat_tmp/db_0.stat", "pg_subtrans/0000"})
    cluster.file(path);
  CHECK(cluster.files().empty());
  CHECK(cluster.directories() == Paths{"pg_dynshmem", "pg_notify", "pg_replslot", "pg_serial", "pg_snapshots",
                                       "pg_stat_tmp", "pg_subtrans", "pg_wal", "pg_wal/archive_status"});
}

TEST_CASE("files of the running server, of other backups, and temporary ones are left out") {
  const Cluster cluster;
  for (const char* path : {"postmaster.pid", "postmaster.opts", "backup_label", "tablespace_map",
                           "backup_manifest", "postgresql.auto.conf.tmp", "current_logfiles.tmp",
                           "global/pg_control", "global/pg_internal.init", "base/5/pg_internal.init.123",
                           "base/pgsql_tmp/pgsql_tmp1.0", "base/5/t3_16384", "base/5/t3_16384_fsm.1"})
    cluster.file(path);
  cluster.file("log/backup_label");
  CHECK(cluster.files() == Paths{"log/backup_label"});
  CHECK(cluster.directories() == Paths{"base", "base/5", "global", "log"});
}

TEST_CASE("of an unlogged relation only the init fork is stored, in every database and tablespace") {
  const Cluster cluster;
  const fs::path location = cluster.outside("space");
  cluster.link("pg_tblspc/16400", location);
  for (const fs::path& database : {cluster.root() / "base/5", location / kFolder / "5"}) {
    for (const char* name : {"100", "100.1", "100_vm", "100_fsm", "100_init", "101", "1001"})
      Cluster::write(database / name);
  }
  cluster.file("global/100");
  cluster.file("global/100_init");
  CHECK(cluster.files() == Paths{"base/5/1001", "base/5/100_init", "base/5/101", "global/100",
                                 "global/100_init", "pg_tblspc/16400/PG_15_202209061/5/1001",
                                 "pg_tblspc/16400/PG_15_202209061/5/100_init",
                                 "pg_tblspc/16400/PG_15_202209061/5/101"});
}

TEST_CASE("pages are expected in the files of relations alone") {
  const Cluster cluster;
  cluster.link("pg_tblspc/16400", cluster.outside("space"));
  Cluster::write(cluster.outside("space") / kFolder / "5" / "16500.1");
  for (const char* path : {"base/5/1259", "base/5/1259_vm", "global/1262", "base/5/PG_VERSION",
                           "base/5/pg_filenode.map", "pg_xact/0000", "1259", "base/1259", "old/5/1259"})
    cluster.file(path);
  Paths with_pages;
  for (const auto& file : cluster.list().files) {
    if (file.has_pages) with_pages.push_back(file.path);
  }
  CHECK(with_pages ==
        Paths{"base/5/1259", "base/5/1259_vm", "global/1262", "pg_tblspc/16400/PG_15_202209061/5/16500.1"});
}

TEST_CASE("of a tablespace the folder of this server is stored") {
  const Cluster cluster;
  const fs::path location = cluster.outside("space");
  cluster.link("pg_tblspc/16400", location);
  Cluster::write(location / kFolder / "5" / "16500");
  Cluster::write(location / "PG_14_202107181" / "5" / "16500");
  Cluster::write(location / "stray");
  const BackupFiles listed = cluster.list();
  REQUIRE(listed.tablespaces.size() == 1);
  CHECK(listed.tablespaces[0].oid == 16400);
  CHECK(listed.tablespaces[0].location == location.native());
  CHECK(cluster.files() == Paths{"pg_tblspc/16400/PG_15_202209061/5/16500"});
  CHECK(cluster.directories() == Paths{"pg_tblspc", "pg_tblspc/16400", "pg_tblspc/16400/PG_15_202209061",
                                       "pg_tblspc/16400/PG_15_202209061/5"});
}

TEST_CASE("a tablespace inside the data directory is stored once, as a tablespace") {
  const Cluster cluster;
  cluster.link("pg_tblspc/16400", cluster.root() / "inside");
  Cluster::write(cluster.root() / "inside" / kFolder / "5" / "16500");
  cluster.file("inside/stray");
  CHECK(cluster.files() == Paths{"inside/stray", "pg_tblspc/16400/PG_15_202209061/5/16500"});
  CHECK(cluster.list().tablespaces.size() == 1);
}

TEST_CASE("a tablespace that is a directory of its own in pg_tblspc is stored as one") {
  const Cluster cluster;
  cluster.file("pg_tblspc/16400/PG_15_202209061/5/16500");
  CHECK(cluster.files() == Paths{"pg_tblspc/16400/PG_15_202209061/5/16500"});
  CHECK(cluster.list().tablespaces.empty());
}

TEST_CASE("links are stored as what they lead to, and this is said") {
  const Cluster cluster;
  Cluster::write(cluster.outside("etc/main.conf"), "port=1");
  Cluster::write(cluster.outside("var/log/a.log"));
  cluster.link("postgresql.conf", cluster.outside("etc/main.conf"));
  cluster.link("log", cluster.outside("var/log"));
  cluster.link("gone", cluster.outside("nowhere"));
  Cluster::write(cluster.outside("wal/000000010000000000000001"));
  cluster.link("pg_wal", cluster.outside("wal"));
  CHECK(cluster.files() == Paths{"log/a.log", "postgresql.conf"});
  CHECK(cluster.directories() == Paths{"log", "pg_wal", "pg_wal/archive_status"});
  const auto remarks = cluster.list().remarks;
  REQUIRE(remarks.size() == 3);
  CHECK(test::contains(remarks[0], "gone is a symbolic link that leads nowhere"));
  CHECK(test::contains(remarks[1], "log is a symbolic link"));
  CHECK(test::contains(remarks[2], "postgresql.conf is a symbolic link"));
}

TEST_CASE("a link that leads back to where it is is refused") {
  const Cluster cluster;
  cluster.link("base/self", cluster.root() / "base");
  const Error error = caught([&] { (void)cluster.list(); });
  CHECK(error.code() == Errc::usage);
  CHECK(test::contains(error.what(), "base/self"));
}

TEST_CASE("what is neither file nor directory is left out, and this is said") {
  const Cluster cluster;
  REQUIRE(::mkfifo((cluster.root() / "pipe").c_str(), 0600) == 0);
  CHECK(cluster.files().empty());
  REQUIRE(cluster.list().remarks.size() == 1);
  CHECK(test::contains(cluster.list().remarks[0], "pipe"));
}

TEST_CASE("a name that is not UTF-8 is refused and shown") {
  const Cluster cluster;
  cluster.file("log/caf\xE9.log");
  const Error error = caught([&] { (void)cluster.list(); });
  CHECK(error.code() == Errc::usage);
  CHECK(test::contains(error.what(), "caf%E9.log"));
}

TEST_CASE("modes of directories and of the data directory are told") {
  const Cluster cluster;
  cluster.directory("pg_stat");
  REQUIRE(::chmod((cluster.root() / "pg_stat").c_str(), 0710) == 0);
  REQUIRE(::chmod(cluster.root().c_str(), 0750) == 0);
  const BackupFiles listed = cluster.list();
  CHECK(listed.mode == 0750);
  REQUIRE(listed.directories.size() == 1);
  CHECK(listed.directories[0].mode == 0710);
}

TEST_CASE("a data directory that is not there is an error") {
  const test::TempDir dir;
  CHECK(caught([&] { (void)list_backup_files(dir / "gone", kFolder); }).code() == Errc::io_error);
}

}  // namespace
}  // namespace pitr::postgresql
