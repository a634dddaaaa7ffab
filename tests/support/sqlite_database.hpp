#pragma once

#include "base/file.hpp"
#include "support/sqlite_app.hpp"
#include "support/temp_dir.hpp"

#include <cstdint>
#include <string>

#include <boost/filesystem/operations.hpp>
#include <fmt/format.h>

namespace pitr::test {

// A database in WAL mode and its application, which never checkpoints unless told to. Besides the database
// `app.db` the directory `state` is for notes.
struct SqliteDatabase {
  explicit SqliteDatabase(std::uint32_t page_size = 4096) : path(directory / "app.db"), app(path) {
    fs::create_directory(state());
    app.run(
        fmt::format("PRAGMA page_size={}; PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0;"
                    "CREATE TABLE t(id INTEGER PRIMARY KEY, v BLOB)",
                    page_size));
  }

  [[nodiscard]] fs::path state() const { return directory / "state"; }
  [[nodiscard]] fs::path wal() const { return path.string() + "-wal"; }
  [[nodiscard]] fs::path shm() const { return path.string() + "-shm"; }

  // One transaction that adds a row of this many random bytes.
  void commit(std::uint64_t size = 100) {
    app.run(fmt::format("INSERT INTO t(v) VALUES(randomblob({}))", size));
  }
  void commits(int count) {
    for (int i = 0; i < count; ++i) commit();
  }
  // kind: PASSIVE, FULL, RESTART, TRUNCATE. Must come to its end.
  void checkpoint(const std::string& kind) {
    REQUIRE(app.run("PRAGMA wal_checkpoint(" + kind + ")").starts_with("0|"));
  }
  // A commit that begins a new generation of the log.
  void reset_log() {
    checkpoint("PASSIVE");
    commit();
  }

  TempDir directory;
  fs::path path;
  SqliteApp app;
};

// Copies a database and its log, not its wal-index, as a plain copy of the files does. In a process of its
// own: this one may have the database open.
inline void copy_database(const fs::path& from, const fs::path& to) {
  REQUIRE(result_in_child([&] {
            fs::copy_file(from, to, fs::copy_option::overwrite_if_exists);
            const fs::path wal = from.string() + "-wal";
            if (fs::exists(wal))
              fs::copy_file(wal, to.string() + "-wal", fs::copy_option::overwrite_if_exists);
            return 0;
          }) == 0);
}

// The database file as SQLite itself makes it from a database and its log.
inline Bytes settled_image(const fs::path& database) {
  const TempDir directory;
  copy_database(database, directory / "copy.db");
  {
    SqliteApp app(directory / "copy.db");
    app.run("PRAGMA wal_checkpoint(TRUNCATE)");
  }
  return read_whole_file(directory / "copy.db");
}

// What SQLite thinks of a database file: "ok\n".
inline std::string integrity(const fs::path& database) {
  SqliteApp app(database);
  return app.run("PRAGMA integrity_check");
}

}  // namespace pitr::test
