#include "engine/sqlite/live_database.hpp"

#include "base/error.hpp"
#include "base/owned_files.hpp"

#include <array>
#include <cstring>

#include <boost/filesystem/operations.hpp>
#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <unistd.h>

namespace pitr::sqlite {

namespace {

constexpr int kBusyTimeoutMs = 5000;
constexpr int kIndexAttempts = 1000;
constexpr std::size_t kDatabaseHeaderSize = 100;
constexpr std::string_view kDatabaseMagic("SQLite format 3\0", 16);
constexpr std::array<unsigned char, 8> kJournalMagic = {0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7};

[[noreturn]] void throw_sqlite(sqlite3* db, int rc, const fs::path& path) {
  const std::string reason = db != nullptr ? sqlite3_errmsg(db) : sqlite3_errstr(rc);
  const std::string& where = path.string();
  switch (rc & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
      throw Error(
          Errc::unavailable, fmt::format("database {} is locked: {}", where, reason),
          "try again later; an application with locking_mode=EXCLUSIVE cannot be archived while it runs");
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
      throw Error(Errc::corrupt, fmt::format("{} is not a sound SQLite database: {}", where, reason),
                  "an encrypted database cannot be archived; run 'PRAGMA integrity_check' with the "
                  "application's own library");
    default:
      throw Error(Errc::io_error, fmt::format("cannot read database {}: {}", where, reason),
                  "pitrctl needs what the application needs: to read the database and write its -shm file");
  }
}

// The journal of an application that died outside WAL mode would be rolled back by whoever opens the database
// next, which must not be us.
bool has_hot_journal(const fs::path& database) {
  const fs::path path = database.string() + "-journal";
  const auto fd = open_if_exists(path, O_RDONLY);
  if (!fd) return false;
  std::array<std::byte, kJournalMagic.size()> start{};
  return read_at(fd->get(), start, 0, path) == start.size() &&
         std::memcmp(start.data(), kJournalMagic.data(), start.size()) == 0;
}

}  // namespace

struct LiveDatabase::Connection {
  sqlite3* db = nullptr;
  sqlite3_file* file = nullptr;
  const volatile void* shm = nullptr;
  bool had_wal;
  bool had_index;

  Connection(bool wal_exists, bool index_exists) : had_wal(wal_exists), had_index(index_exists) {}
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Closing must neither checkpoint nor remove the log. Only where there was no log before, and nothing is in
  // it now, SQLite may tidy up the files it made for us, as it does for anyone.
  ~Connection() {
    sqlite3_exec(db, "ROLLBACK", nullptr, nullptr, nullptr);
    const auto index = shm != nullptr ? read_wal_index(shm) : std::nullopt;
    const bool nothing_in_it = shm == nullptr || (index && index->max_frame == 0);
    if (!had_wal && nothing_in_it) {
      sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, nullptr);
    } else if (!had_index && shm != nullptr) {
      remove_index();
    }
    sqlite3_close(db);
  }

  // The index was made for us, beside a log that stays. Whoever has the exclusive lock is the only one who
  // uses it.
  void remove_index() const {
    if (file->pMethods->xLock(file, SQLITE_LOCK_EXCLUSIVE) == SQLITE_OK) file->pMethods->xShmUnmap(file, 1);
  }

  void check(int rc, const fs::path& path) const {
    if (rc != SQLITE_OK) throw_sqlite(db, rc, path);
  }
  void execute(const char* sql, const fs::path& path) const {
    check(sqlite3_exec(db, sql, nullptr, nullptr, nullptr), path);
  }
};

LiveDatabase::LiveDatabase(const fs::path& source) {
  boost::system::error_code error;
  path_ = fs::canonical(source, error);
  if (error == boost::system::errc::no_such_file_or_directory) {
    throw Error(Errc::not_found, fmt::format("no database at {}", source.string()),
                "SOURCE is the path of a SQLite database file");
  }
  if (error) throw_errno(error.value(), "open", source.string());
  inspect_file();
  open_and_pin();
}

LiveDatabase::~LiveDatabase() = default;

fs::path LiveDatabase::wal_path() const { return path_.string() + "-wal"; }

void LiveDatabase::inspect_file() {
  struct stat status {};
  std::array<std::byte, kDatabaseHeaderSize> header{};
  std::size_t length = 0;
  {
    const Fd fd = open_file(path_, O_RDONLY | O_NONBLOCK);
    status = stat_of(fd.get(), path_);
    if (!S_ISREG(status.st_mode)) {
      throw Error(Errc::usage, fmt::format("{} is not a file", path_.string()),
                  "SOURCE is the path of a database file");
    }
    length = read_at(fd.get(), header, 0, path_);
  }
  inode_ = status.st_ino;
  mode_ = status.st_mode & 07777U;
  owner_ = status.st_uid;
  group_ = status.st_gid;
  if (length == 0) {
    throw Error(Errc::usage, fmt::format("{} is empty and not in WAL mode", path_.string()),
                "let the application create its database and run 'PRAGMA journal_mode=WAL'");
  }
  if (length < header.size() || as_text(header).substr(0, kDatabaseMagic.size()) != kDatabaseMagic) {
    throw Error(Errc::corrupt, fmt::format("{} is not a SQLite database, or it is encrypted", path_.string()),
                "SOURCE is the path of an unencrypted SQLite database file");
  }
  const unsigned page_size = load_be16(&header[16]);
  page_size_ = page_size == 1 ? 65536 : page_size;
  if (!is_page_size(page_size_)) {
    throw Error(Errc::corrupt,
                fmt::format("{} has an impossible page size of {}", path_.string(), page_size));
  }
  if (header[18] != std::byte{2} || header[19] != std::byte{2}) {
    throw Error(Errc::usage, fmt::format("{} is not in WAL mode", path_.string()),
                fmt::format("run: sqlite3 '{}' 'PRAGMA journal_mode=WAL'", path_.string()));
  }
  if (has_hot_journal(path_)) {
    throw Error(Errc::unavailable,
                fmt::format("{} has a rollback journal that was never played back", path_.string()),
                "open it once with its application, which recovers it");
  }
  had_wal_ = fs::exists(wal_path());
  had_index_ = fs::exists(path_.string() + "-shm");
  if (!(had_wal_ && had_index_) && geteuid() != 0 && geteuid() != status.st_uid) {
    throw Error(Errc::io_error,
                fmt::format("opening {} would create its -wal or -shm file as a user who does not own it",
                            path_.string()),
                "run pitrctl as the database's owner, or while its application has it open");
  }
}

void LiveDatabase::open_and_pin() {
  connection_ = std::make_unique<Connection>(had_wal_, had_index_);
  Connection& c = *connection_;
  const OwnedFiles as_its_owner(owner_, group_);  // SQLite may create the -wal and -shm files
  c.check(sqlite3_open_v2(path_.c_str(), &c.db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW, nullptr),
          path_);
  sqlite3_busy_timeout(c.db, kBusyTimeoutMs);
  c.check(sqlite3_db_config(c.db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr), path_);
  c.execute("PRAGMA query_only=1; BEGIN; SELECT count(*) FROM sqlite_master", path_);
  c.check(sqlite3_file_control(c.db, "main", SQLITE_FCNTL_FILE_POINTER, &c.file), path_);
  if (c.file->pMethods == nullptr || c.file->pMethods->iVersion < 2) {
    throw Error(Errc::internal, "this SQLite library has no shared-memory methods");
  }
  volatile void* region = nullptr;
  constexpr int kRegionSize = 32768;
  c.check(c.file->pMethods->xShmMap(c.file, 0, kRegionSize, 0, &region), path_);
  if (region == nullptr) {
    throw Error(Errc::usage, fmt::format("{} is not in WAL mode any more", path_.string()),
                fmt::format("run: sqlite3 '{}' 'PRAGMA journal_mode=WAL'", path_.string()));
  }
  c.shm = region;
}

WalIndex LiveDatabase::index() const {
  for (int i = 0; i < kIndexAttempts; ++i) {
    const auto index = read_wal_index(connection_->shm);
    if (!index) {
      usleep(100);
      continue;
    }
    if (index->page_size != 0 && index->page_size != page_size_) {
      throw Error(Errc::unavailable,
                  fmt::format("{} is being rebuilt with another page size", path_.string()),
                  "run the same command again");
    }
    return *index;
  }
  throw Error(Errc::unavailable, fmt::format("the wal-index of {} stays inconsistent", path_.string()),
              "a writer may be stuck in the middle of a commit; try again");
}

std::uint64_t LiveDatabase::file_size() const {
  sqlite3_int64 size = 0;
  connection_->check(connection_->file->pMethods->xFileSize(connection_->file, &size), path_);
  return static_cast<std::uint64_t>(size);
}

void LiveDatabase::read_file(std::uint64_t offset, std::span<std::byte> buffer) const {
  constexpr std::size_t kMost = std::size_t{1} << 30U;
  while (!buffer.empty()) {
    const std::size_t length = std::min(buffer.size(), kMost);
    const int rc = connection_->file->pMethods->xRead(
        connection_->file, buffer.data(), static_cast<int>(length), static_cast<sqlite3_int64>(offset));
    // A short read has filled the rest with zeros.
    if (rc != SQLITE_OK && rc != SQLITE_IOERR_SHORT_READ) throw_sqlite(nullptr, rc, path_);
    offset += length;
    buffer = buffer.subspan(length);
  }
}

SchemaSketch LiveDatabase::schema() const {
  struct Statement {
    sqlite3_stmt* handle = nullptr;
    ~Statement() { sqlite3_finalize(handle); }
  } statement;
  connection_->check(sqlite3_prepare_v2(connection_->db, "SELECT type, name, sql FROM sqlite_master", -1,
                                        &statement.handle, nullptr),
                     path_);
  const auto text = [&](int column) {
    const auto* const bytes = static_cast<const char*>(sqlite3_column_blob(statement.handle, column));
    return std::string_view(
        bytes,
        bytes == nullptr ? 0 : static_cast<std::size_t>(sqlite3_column_bytes(statement.handle, column)));
  };
  SchemaSketch schema;
  int rc = SQLITE_ROW;
  while ((rc = sqlite3_step(statement.handle)) == SQLITE_ROW) schema.add(text(0), text(1), text(2));
  if (rc != SQLITE_DONE) throw_sqlite(connection_->db, rc, path_);
  return schema;
}

}  // namespace pitr::sqlite
