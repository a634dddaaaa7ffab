#pragma once

#include "base/file.hpp"
#include "engine/sochdb/backup_manifest.hpp"
#include "engine/sochdb/segment_data.hpp"
#include "engine/source_identity.hpp"

#include <cstdint>
#include <optional>
#include <span>

namespace pitr::sochdb {

inline constexpr const char* kKeyringName = "keyring.json";
inline constexpr const char* kWalManifestName = "wal.manifest";

// A database's directory, and its log, opened once for reading. Nothing in it is changed or locked.
class LiveDatabase {
 public:
  // Throws Errc::not_found when there is no directory or no log in it, a usage error when the path names
  // something else.
  explicit LiveDatabase(const fs::path& directory);

  [[nodiscard]] const fs::path& directory() const { return directory_; }
  [[nodiscard]] const fs::path& log_path() const { return log_path_; }
  [[nodiscard]] std::uint32_t log_mode() const { return mode_; }
  [[nodiscard]] SourceIdentity identity() const;
  // From keyring.json and wal.manifest as they are now. Throws Errc::corrupt for what SochDB would not open.
  [[nodiscard]] DatabaseFacts facts() const;
  // Whether a process has it open, as far as its lock file, or the memory that processes share, tells.
  [[nodiscard]] bool is_open_elsewhere() const;
  // Of a copy that SochDB's own backup made.
  [[nodiscard]] std::optional<BackupManifest> backup() const;

  // The log's size now.
  [[nodiscard]] std::uint64_t size() const;
  // As much as there is.
  std::size_t read(std::uint64_t offset, std::span<std::byte> buffer) const;
  // Whether the log is still the file that was opened.
  [[nodiscard]] bool is_in_place() const;

 private:
  fs::path directory_;  // canonical
  fs::path log_path_;
  Fd log_;
  std::uint64_t inode_ = 0;
  std::uint32_t mode_ = 0;
};

}  // namespace pitr::sochdb
