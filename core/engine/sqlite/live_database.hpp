#pragma once

#include "base/file.hpp"
#include "engine/sqlite/schema_sketch.hpp"
#include "engine/sqlite/wal_index.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include <sys/types.h>

namespace pitr::sqlite {

// A database in use by others, pinned: from construction to destruction a read transaction keeps the state
// that index() shows readable. Never writes to the database or its log. While one exists, this process must
// not open the database file by other means: closing such a descriptor would drop SQLite's locks (POSIX
// advisory locks belong to the process).
class LiveDatabase {
 public:
  // Throws: not_found (no such file), usage (not in WAL mode, or not a file), corrupt (not a SQLite database,
  // or encrypted), unavailable (locked by its application), io_error (permissions).
  explicit LiveDatabase(const fs::path& source);
  ~LiveDatabase();
  LiveDatabase(const LiveDatabase&) = delete;
  LiveDatabase& operator=(const LiveDatabase&) = delete;

  [[nodiscard]] const fs::path& path() const { return path_; }  // canonical
  [[nodiscard]] fs::path wal_path() const;
  [[nodiscard]] std::uint32_t page_size() const { return page_size_; }
  [[nodiscard]] std::uint64_t inode() const { return inode_; }
  [[nodiscard]] std::uint32_t mode() const { return mode_; }

  // The state of the log now, which is at or after the pinned one. What it shows stays readable while pinned:
  // if it is not wholly backfilled, frames 1..max_frame stay in the log; if it is, the database file stays as
  // it is.
  [[nodiscard]] WalIndex index() const;

  [[nodiscard]] std::uint64_t file_size() const;
  // Reads from the database file itself, without the log; bytes past its end are zeros.
  void read_file(std::uint64_t offset, std::span<std::byte> buffer) const;

  // Of the pinned state.
  [[nodiscard]] SchemaSketch schema() const;

 private:
  struct Connection;

  void inspect_file();
  void open_and_pin();

  fs::path path_;
  std::uint32_t page_size_ = 0;
  std::uint64_t inode_ = 0;
  std::uint32_t mode_ = 0;
  uid_t owner_ = 0;
  gid_t group_ = 0;
  bool had_wal_ = false;
  bool had_index_ = false;
  std::unique_ptr<Connection> connection_;
};

}  // namespace pitr::sqlite
