#include "engine/sqlite/live_database.hpp"
#include "support/caught.hpp"
#include "support/sqlite_database.hpp"

#include <fcntl.h>

namespace pitr::sqlite {
namespace {

using test::SqliteDatabase;

Errc refusal(const fs::path& path) {
  return test::caught([&] { const LiveDatabase database(path); }).code();
}

fs::path file_with(const test::TempDir& directory, ByteView bytes) {
  const fs::path path = directory / "file.db";
  const Fd fd = open_file(path, O_WRONLY | O_CREAT | O_TRUNC);
  write_all(fd.get(), bytes, path);
  return path;
}

void patch(const fs::path& path, std::uint64_t offset, std::initializer_list<int> values) {
  Bytes bytes;
  for (const int value : values) bytes.push_back(static_cast<std::byte>(value));
  const Fd fd = open_file(path, O_WRONLY | O_CREAT);
  write_all_at(fd.get(), bytes, offset, path);
}

TEST_CASE("a database that is not there is not found") {
  const test::TempDir directory;
  CHECK(refusal(directory / "none.db") == Errc::not_found);
  CHECK(refusal(directory / "no" / "such.db") == Errc::not_found);
}

TEST_CASE("what is no file is no database") {
  const test::TempDir directory;
  CHECK(refusal(directory.path()) == Errc::usage);
  REQUIRE(mkfifo((directory / "fifo").c_str(), 0600) == 0);
  CHECK(refusal(directory / "fifo") == Errc::usage);
}

TEST_CASE("an empty file is not in WAL mode") {
  const test::TempDir directory;
  CHECK(refusal(file_with(directory, {})) == Errc::usage);
}

TEST_CASE("a file that is not a SQLite database is corrupt") {
  const test::TempDir directory;
  CHECK(refusal(file_with(directory, as_bytes("short"))) == Errc::corrupt);
  CHECK(refusal(file_with(directory, as_bytes(std::string(5000, 'x')))) == Errc::corrupt);
  Bytes random(8192);
  for (std::size_t i = 0; i < random.size(); ++i) random[i] = static_cast<std::byte>(i * i * 31 + i / 7);
  CHECK(refusal(file_with(directory, random)) == Errc::corrupt);
}

TEST_CASE("a database with an impossible page size is corrupt") {
  SqliteDatabase database;
  database.app.close();
  patch(database.path, 16, {3, 232});
  CHECK(refusal(database.path) == Errc::corrupt);
}

TEST_CASE("a database that is not in WAL mode is refused with the command that changes it") {
  SqliteDatabase database;
  database.app.run("PRAGMA journal_mode=DELETE");
  const Error error = test::caught([&] { const LiveDatabase live(database.path); });
  CHECK(error.code() == Errc::usage);
  CHECK(test::contains(error.hint(), "journal_mode=WAL"));
  CHECK(test::contains(error.hint(), database.path.filename().string()));
}

TEST_CASE("a database with a hot rollback journal is left to its application") {
  SqliteDatabase database;
  patch(database.path.string() + "-journal", 0, {0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7});
  CHECK(refusal(database.path) == Errc::unavailable);
}

TEST_CASE("a rollback journal that is not hot is no obstacle") {
  SqliteDatabase database;
  patch(database.path.string() + "-journal", 0, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
  const LiveDatabase live(database.path);
  CHECK(live.index().max_frame > 0);
}

TEST_CASE("a database that its application holds for itself is unavailable") {
  const test::TempDir directory;
  test::SqliteApp app(directory / "own.db");
  app.run("PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; CREATE TABLE t(x)");
  CHECK(refusal(directory / "own.db") == Errc::unavailable);
}

TEST_CASE("a damaged database page is corrupt") {
  SqliteDatabase database;
  database.app.close();
  patch(database.path, 100, {99, 99, 99, 99, 99, 99, 99, 99});
  CHECK(refusal(database.path) == Errc::corrupt);
}

TEST_CASE("a symbolic link leads to the database and its own log") {
  SqliteDatabase database;
  database.commit();
  const fs::path link = database.directory / "link.db";
  fs::create_symlink(database.path, link);
  const LiveDatabase live(link);
  CHECK(live.path() == fs::canonical(database.path));
  CHECK(live.wal_path() == fs::canonical(database.wal()));
}

TEST_CASE("a live database tells its page size, its mode and its inode") {
  for (const std::uint32_t page_size : {512U, 1024U, 4096U, 65536U}) {
    SqliteDatabase database(page_size);
    fs::permissions(database.path, fs::owner_read | fs::owner_write | fs::group_read);
    const LiveDatabase live(database.path);
    CHECK(live.page_size() == page_size);
    CHECK(live.mode() == 0640);
    struct stat status {};
    REQUIRE(stat(database.path.c_str(), &status) == 0);
    CHECK(live.inode() == status.st_ino);
  }
}

TEST_CASE("an empty database with nothing in its log has a state") {
  const test::TempDir directory;
  test::SqliteApp app(directory / "new.db");
  app.run("PRAGMA journal_mode=WAL");
  const LiveDatabase live(directory / "new.db");
  CHECK(live.index().max_frame == 0);
  CHECK(live.file_size() == 4096);
}

TEST_CASE("what a live database held when it was opened stays in the log while others write and checkpoint") {
  SqliteDatabase database;
  database.commits(3);
  const LiveDatabase live(database.path);
  const WalIndex pinned = live.index();
  for (int i = 0; i < 3; ++i) {
    database.commits(5);
    REQUIRE(database.app.try_run("PRAGMA wal_checkpoint(PASSIVE)") == SQLITE_OK);
  }
  const WalIndex now = live.index();
  CHECK(now.salts == pinned.salts);
  CHECK(now.max_frame > pinned.max_frame);
  CHECK(now.backfilled <= pinned.max_frame);
  CHECK(now.change == pinned.change + 15);
}

TEST_CASE("the schema's sample changes with the schema and with nothing else") {
  SqliteDatabase database;
  const auto sample = [&] { return LiveDatabase(database.path).schema(); };
  const auto first = sample();
  database.commits(2);
  database.app.run("VACUUM; ANALYZE");
  CHECK(sample() == first);
  database.app.run("CREATE INDEX i ON t(v)");
  CHECK_FALSE(sample() == first);
  CHECK(sample().may_be_same(first));
}

TEST_CASE("the file is read as it is without its log, with zeros past its end") {
  SqliteDatabase database;
  database.checkpoint("TRUNCATE");
  const Bytes file = read_whole_file(database.path);
  database.commits(3);
  const LiveDatabase live(database.path);
  CHECK(live.file_size() == file.size());
  Bytes read(file.size() + 100, std::byte{1});
  live.read_file(0, read);
  Bytes expected = file;
  expected.resize(read.size());
  CHECK(read == expected);
  Bytes middle(1000);
  live.read_file(3000, middle);
  CHECK(middle == Bytes(file.begin() + 3000, file.begin() + 4000));
}

}  // namespace
}  // namespace pitr::sqlite
