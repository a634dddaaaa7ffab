#include "engine/sochdb/live_database.hpp"

#include "base/error.hpp"
#include "engine/sochdb/archived_log.hpp"
#include "engine/sochdb/keyring.hpp"
#include "engine/sochdb/lock_file.hpp"
#include "engine/sochdb/shared_metadata.hpp"
#include "engine/sochdb/wal_manifest.hpp"

#include <cerrno>
#include <csignal>

#include <boost/filesystem/operations.hpp>
#include <fcntl.h>
#include <fmt/format.h>

namespace pitr::sochdb {

namespace {

constexpr mode_t kPermissions = 07777;
// Far more than any of the small files beside a log has.
constexpr std::size_t kMaxSmallFile = std::size_t{64} * 1024;

fs::path find_directory(const fs::path& path) {
  boost::system::error_code error;
  const auto status = fs::status(path, error);
  if (!fs::exists(status)) {
    throw Error(Errc::not_found, fmt::format("there is no {}", path.native()),
                "SOURCE is the directory of the database");
  }
  if (!fs::is_directory(status)) {
    throw Error(Errc::usage, fmt::format("{} is not a directory", path.native()),
                "SOURCE is the directory of the database, which holds its wal.log");
  }
  return fs::canonical(path);
}

Fd open_log(const fs::path& path) {
  auto fd = open_if_exists(path, O_RDONLY | O_NONBLOCK);
  if (!fd) {
    throw Error(Errc::not_found, fmt::format("there is no {}", path.native()),
                "SOURCE is the directory of a SochDB database, which always has this file");
  }
  if (!S_ISREG(stat_of(fd->get(), path).st_mode))
    throw Error(Errc::usage, fmt::format("{} is not a regular file", path.native()));
  return std::move(*fd);
}

std::optional<std::string> read_small_file(const fs::path& path) {
  const auto fd = open_if_exists(path, O_RDONLY | O_NONBLOCK);
  if (!fd) return std::nullopt;
  if (!S_ISREG(stat_of(fd->get(), path).st_mode))
    throw Error(Errc::corrupt, fmt::format("{} is not a regular file", path.native()));
  Bytes bytes(kMaxSmallFile + 1);
  bytes.resize(read_at(fd->get(), bytes, 0, path));
  if (bytes.size() > kMaxSmallFile)
    throw Error(Errc::corrupt, fmt::format("{} is larger than any such file is", path.native()));
  return std::string(as_text(bytes));
}

bool is_running(pid_t process) { return process > 0 && (::kill(process, 0) == 0 || errno == EPERM); }

// Who writes a database in concurrent mode; 0 where nobody does.
pid_t shared_writer(const fs::path& path) {
  const auto fd = open_if_exists(path, O_RDONLY | O_NONBLOCK);
  if (!fd || !S_ISREG(stat_of(fd->get(), path).st_mode)) return 0;
  Bytes header(kSharedMetadataHeaderSize);
  if (read_at(fd->get(), header, 0, path) < header.size()) return 0;
  try {
    return static_cast<pid_t>(parse_shared_metadata(header, path.native()).writer);
  } catch (const Error&) {
    return 0;  // it is only asked for a better word
  }
}

}  // namespace

LiveDatabase::LiveDatabase(const fs::path& directory)
    : directory_(find_directory(directory)), log_path_(directory_ / kLogName), log_(open_log(log_path_)) {
  const struct stat status = stat_of(log_.get(), log_path_);
  inode_ = status.st_ino;
  mode_ = status.st_mode & kPermissions;
}

SourceIdentity LiveDatabase::identity() const { return identify(directory_, inode_); }

DatabaseFacts LiveDatabase::facts() const {
  DatabaseFacts facts;
  const fs::path keyring = directory_ / kKeyringName;
  facts.keyring = read_small_file(keyring);
  if (facts.keyring) static_cast<void>(parse_keyring(*facts.keyring, keyring.native()));
  const fs::path manifest = directory_ / kWalManifestName;
  const auto text = read_small_file(manifest);
  if (text && text->empty()) {
    throw Error(Errc::corrupt,
                fmt::format("{} is empty, so that SochDB does not open the database", manifest.native()),
                "a restore into its directory did not end: run that again");
  }
  if (text) facts.database = parse_wal_manifest(*text, manifest.native()).database;
  return facts;
}

bool LiveDatabase::is_open_elsewhere() const {
  const auto text = read_small_file(directory_ / ".lock");
  const auto holder = text ? parse_lock_file(*text) : std::nullopt;
  return (holder && is_running(*holder)) || is_running(shared_writer(directory_ / ".mvcc_metadata"));
}

std::optional<BackupManifest> LiveDatabase::backup() const {
  const fs::path path = directory_ / "manifest.json";
  try {
    const auto text = read_small_file(path);
    return text ? std::optional(parse_backup_manifest(*text, path.native())) : std::nullopt;
  } catch (const Error& error) {
    // The name may well be that of something else.
    if (error.code() != Errc::corrupt) throw;
    return std::nullopt;
  }
}

std::uint64_t LiveDatabase::size() const {
  return static_cast<std::uint64_t>(stat_of(log_.get(), log_path_).st_size);
}

std::size_t LiveDatabase::read(std::uint64_t offset, std::span<std::byte> buffer) const {
  return read_at(log_.get(), buffer, offset, log_path_);
}

bool LiveDatabase::is_in_place() const {
  struct stat there {};
  const struct stat here = stat_of(log_.get(), log_path_);
  return ::stat(log_path_.c_str(), &there) == 0 && there.st_ino == here.st_ino && there.st_dev == here.st_dev;
}

}  // namespace pitr::sochdb
