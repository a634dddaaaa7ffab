#include "engine/sqlite/live_database.hpp"
#include "support/caught.hpp"
#include "support/sqlite_archive.hpp"
#include "support/sqlite_database.hpp"

#include <map>

#include <fcntl.h>
#include <unistd.h>

namespace pitr::sqlite {
namespace {

using test::SqliteArchive;
using test::SqliteDatabase;

constexpr uid_t kNobody = 65534;

// The files of a database by name, with their bytes. The wal-index holds lock marks, so only its presence
// counts.
std::map<std::string, Bytes> files_of(const SqliteDatabase& database) {
  std::map<std::string, Bytes> files;
  for (const auto& entry : fs::directory_iterator(database.directory.path())) {
    if (fs::is_directory(entry.path())) continue;
    const bool is_index = entry.path() == database.shm();
    files[entry.path().filename().string()] = is_index ? Bytes() : read_whole_file(entry.path());
  }
  return files;
}

void archive_twice(const SqliteDatabase& database) {
  SqliteArchive archive(database.path, database.state());
  archive.run();
  archive.run();
}

TEST_CASE("archiving leaves the files of a database in use as they are") {
  SqliteDatabase database;
  database.commits(10);
  const auto before = files_of(database);
  archive_twice(database);
  CHECK(files_of(database) == before);
  CHECK(database.app.run("SELECT count(*) FROM t") == "10\n");
}

TEST_CASE("archiving alone after the writer was killed leaves its log and does not checkpoint it") {
  SqliteDatabase database;
  database.commits(10);
  database.app.kill();
  const auto before = files_of(database);
  REQUIRE(before.size() == 3);
  archive_twice(database);
  CHECK(files_of(database) == before);
}

TEST_CASE("archiving a database that nobody has open leaves no files behind") {
  SqliteDatabase database;
  database.commits(10);
  database.app.close();
  const auto before = files_of(database);
  REQUIRE(before.size() == 1);
  archive_twice(database);
  CHECK(files_of(database) == before);
}

TEST_CASE("a log that was kept without its index stays as it is") {
  SqliteDatabase database;
  database.app.persist_wal();
  database.commits(10);
  database.app.close();
  remove_file(database.shm());
  const auto before = files_of(database);
  REQUIRE(before.size() == 2);
  archive_twice(database);
  auto after = files_of(database);
  after.erase(database.shm().filename().string());
  CHECK(after == before);
}

TEST_CASE("the application that closes last while archiving runs loses nothing") {
  SqliteDatabase database;
  {
    const LiveDatabase live(database.path);
    database.commits(10);
    database.app.close();
    CHECK(live.index().max_frame > 0);
  }
  CHECK(database.app.run("SELECT count(*) FROM t") == "10\n");
  CHECK(database.app.run("PRAGMA integrity_check") == "ok\n");
}

TEST_CASE("files that archiving makes as root belong to the database's owner") {
  if (geteuid() != 0) return;
  SqliteDatabase database;
  database.app.close();
  REQUIRE(chown(database.path.c_str(), kNobody, kNobody) == 0);
  const LiveDatabase live(database.path);
  for (const fs::path& path : {database.wal(), database.shm()}) {
    CAPTURE(path.string());
    struct stat status {};
    REQUIRE(stat(path.c_str(), &status) == 0);
    CHECK(status.st_uid == kNobody);
    CHECK(status.st_gid == kNobody);
  }
}

TEST_CASE("who is not the owner makes no files that the owner could not use") {
  if (geteuid() != 0) return;
  SqliteDatabase database;
  database.app.close();
  fs::permissions(database.directory.path(), fs::all_all);
  fs::permissions(database.path, fs::owner_read | fs::owner_write | fs::others_read | fs::others_write);
  const auto before = files_of(database);
  const int result = test::result_in_child([&] {
    if (setresuid(kNobody, kNobody, kNobody) != 0) return test::kSkipped;
    try {
      const LiveDatabase live(database.path);
    } catch (const Error& error) {
      return error.code() == Errc::io_error ? 0 : 1;
    }
    return 2;
  });
  CHECK((result == 0 || result == test::kSkipped));
  CHECK(files_of(database) == before);
}

}  // namespace
}  // namespace pitr::sqlite
