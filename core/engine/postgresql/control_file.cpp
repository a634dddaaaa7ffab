#include "engine/postgresql/control_file.hpp"

#include "base/crc32c.hpp"
#include "base/error.hpp"
#include "engine/postgresql/wal_format.hpp"

#include <array>
#include <bit>

#include <fmt/format.h>

namespace pitr::postgresql {

namespace {

// Facts: catalog/pg_control.h of PostgreSQL 13 to 18. All integers are little-endian.
//   0 system identifier (8)   8 version (4)   12 catalogue version (4)   16 state (4)   24 time (8)
//   32 checkpoint record (8)   40 copy of the checkpoint (88): redo 40 (8), timeline 48 (4)
//   136 minimum recovery position (8)   144 its timeline (4)   152 backup start (8)   160 backup end (8)
//   168 backup end required (1)   172 wal_level (4)   180 max_connections (4)   184 max_worker_processes (4)
//   188 max_wal_senders (4)   192 max_prepared_transactions (4)   196 max_locks_per_transaction (4)
//   216 page size (4)   220 pages in a file (4)   224 WAL page size (4)   228 WAL segment size (4)
//   252 data checksum version (4)   then, by version, a CRC-32C of all before it (4)
struct Version {
  std::uint32_t number;
  std::size_t crc_at;
};
constexpr std::array<Version, 3> kVersions = {{{1300, 288}, {1700, 288}, {1800, 292}}};
constexpr std::uint32_t kMaxState = 6;
constexpr std::uint32_t kMaxWalLevel = 2;

// Every version there ever was. The other byte order would show as a far larger number.
constexpr std::uint32_t kMaxVersion = 9999;

std::size_t crc_place(std::uint32_t version, const std::string& what) {
  for (const Version& known : kVersions) {
    if (known.number == version) return known.crc_at;
  }
  if (version == 0 || version > kMaxVersion)
    throw Error(Errc::corrupt, fmt::format("{} is no control file of PostgreSQL", what));
  throw Error(Errc::usage,
              fmt::format("{} was written by an unsupported version of PostgreSQL (control version {})", what,
                          version),
              "versions 13 to 18 are supported");
}

[[noreturn]] void throw_impossible(const std::string& what) {
  throw Error(Errc::corrupt, fmt::format("{} holds values that cannot be", what));
}

// Checks no value but those that have no place in ControlFile.
ControlFile read_fields(ByteView file, const std::string& what) {
  const auto u32 = [&](std::size_t at) { return load_le32(&file[at]); };
  const auto lsn = [&](std::size_t at) { return Lsn{load_le64(&file[at])}; };
  ControlFile control;
  control.system_identifier = load_le64(&file[0]);
  control.version = u32(8);
  control.catalogue_version = u32(12);
  if (u32(16) > kMaxState) throw_impossible(what);
  control.state = static_cast<ClusterState>(u32(16));
  const auto seconds = static_cast<std::int64_t>(load_le64(&file[24]));
  if (__builtin_mul_overflow(seconds, 1'000'000, &control.written_at.us)) throw_impossible(what);
  control.checkpoint = lsn(32);
  control.redo = lsn(40);
  control.timeline = {u32(48)};
  control.minimum_recovery = lsn(136);
  control.minimum_recovery_timeline = {u32(144)};
  control.backup_start = lsn(152);
  control.backup_end = lsn(160);
  control.backup_end_required = file[168] != std::byte{0};
  control.wal_level = u32(172);
  control.settings = {u32(180), u32(184), u32(188), u32(192), u32(196)};
  control.page_size = u32(216);
  control.segment_pages = u32(220);
  control.wal_segment_size = u32(228);
  control.has_checksums = u32(252) != 0;
  return control;
}

void check(const ControlFile& control, std::uint32_t wal_page_size, const std::string& what) {
  if (control.page_size != kPageSize || wal_page_size != kPageSize) {
    throw Error(Errc::usage,
                fmt::format("{} is of a server with pages of {} bytes, and of {} in its log", what,
                            control.page_size, wal_page_size),
                "only servers built with pages of 8192 bytes are supported");
  }
  const bool sound =
      control.timeline.value != 0 && control.system_identifier != 0 && control.segment_pages != 0 &&
      control.wal_level <= kMaxWalLevel && std::has_single_bit(control.wal_segment_size) &&
      control.wal_segment_size >= kMinSegmentSize && control.wal_segment_size <= kMaxSegmentSize;
  if (!sound) throw_impossible(what);
}

}  // namespace

ControlFile parse_control_file(ByteView file, const std::string& what) {
  if (file.size() != kControlFileSize) {
    throw Error(Errc::corrupt,
                fmt::format("{} has {} bytes instead of {}", what, file.size(), kControlFileSize));
  }
  const std::size_t crc_at = crc_place(load_le32(&file[8]), what);
  if (crc32c(file.first(crc_at)) != load_le32(&file[crc_at]))
    throw Error(Errc::corrupt, fmt::format("{} is damaged: its checksum does not hold", what));
  const ControlFile control = read_fields(file, what);
  check(control, load_le32(&file[224]), what);
  return control;
}

}  // namespace pitr::postgresql
