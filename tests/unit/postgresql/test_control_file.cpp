#include "engine/postgresql/control_file.hpp"
#include "support/caught.hpp"
#include "support/postgresql_control.hpp"

#include <doctest/doctest.h>

namespace pitr::postgresql {
namespace {

using test::caught;
using test::control_file_of_standby;
using test::patch_control_file;

TEST_CASE("a control file tells what pg_controldata shows of it") {
  const ControlFile control = parse_control_file(control_file_of_standby(), "c");
  CHECK(control.version == 1300);
  CHECK(control.catalogue_version == 202209061);
  CHECK(control.system_identifier == 7711300329119250410);
  CHECK(control.state == ClusterState::in_archive_recovery);
  CHECK(format_time(control.written_at) == "2026-11-23T10:50:39.000000Z");
  CHECK(control.checkpoint == Lsn{0x3622188});
  CHECK(control.redo == Lsn{0x3622150});
  CHECK(control.timeline == TimelineId{1});
  CHECK(control.minimum_recovery == Lsn{0x3622230});
  CHECK(control.minimum_recovery_timeline == TimelineId{1});
  CHECK(control.backup_start == Lsn{0});
  CHECK(control.backup_end == Lsn{0});
  CHECK_FALSE(control.backup_end_required);
  CHECK(control.wal_level == 2);
  CHECK(control.settings.max_connections == 33);
  CHECK(control.settings.max_worker_processes == 7);
  CHECK(control.settings.max_wal_senders == 4);
  CHECK(control.settings.max_prepared_transactions == 5);
  CHECK(control.settings.max_locks_per_transaction == 65);
  CHECK(control.page_size == 8192);
  CHECK(control.segment_pages == 131072);
  CHECK(control.wal_segment_size == 16U << 20U);
  CHECK(control.has_checksums);
}

TEST_CASE("versions 17 and 18 are read, each with its checksum in its place") {
  Bytes file = control_file_of_standby();
  patch_control_file(file, 8, 1700);
  CHECK(parse_control_file(file, "c").version == 1700);
  patch_control_file(file, 8, 1800, 292);
  CHECK(parse_control_file(file, "c").version == 1800);
  patch_control_file(file, 8, 1800, 288);
  CHECK(caught([&] { parse_control_file(file, "c"); }).code() == Errc::corrupt);
}

TEST_CASE("another version or another page size is not supported, and is no damage") {
  for (const std::uint32_t version : {1201U, 1900U}) {
    Bytes file = control_file_of_standby();
    patch_control_file(file, 8, version);
    const Error error = caught([&] { parse_control_file(file, "c"); });
    CHECK(error.code() == Errc::usage);
    CHECK(test::contains(error.what(), std::to_string(version)));
  }
  for (const std::size_t at : {216U, 224U}) {
    Bytes file = control_file_of_standby();
    patch_control_file(file, at, 32768);
    CHECK(caught([&] { parse_control_file(file, "c"); }).code() == Errc::usage);
  }
}

TEST_CASE("every flipped bit of a control file is seen") {
  const Bytes good = control_file_of_standby();
  for (std::size_t at = 0; at < 292; ++at) {
    CAPTURE(at);
    Bytes bad = good;
    bad[at] ^= std::byte{0x10};
    const Error error = caught([&] { parse_control_file(bad, "c"); });
    const bool is_version = at >= 8 && at < 12;
    CHECK((error.code() == Errc::corrupt || is_version));
  }
}

TEST_CASE("what no server writes into a control file is refused, though its checksum holds") {
  struct Row {
    std::size_t at;
    std::uint32_t value;
  };
  // State, time, timeline, wal_level, pages in a file, WAL segment size odd, too small and too large.
  for (const Row row : {Row{16, 7}, Row{28, 0x7FFFFFFF}, Row{48, 0}, Row{172, 3}, Row{220, 0},
                        Row{228, 3U << 20U}, Row{228, 1U << 19U}, Row{228, 1U << 31U}}) {
    CAPTURE(row.at);
    Bytes bad = control_file_of_standby();
    patch_control_file(bad, row.at, row.value);
    CHECK(caught([&] { parse_control_file(bad, "c"); }).code() == Errc::corrupt);
  }
}

TEST_CASE("a control file has 8192 bytes") {
  Bytes file = control_file_of_standby();
  file.pop_back();
  CHECK(caught([&] { parse_control_file(file, "c"); }).code() == Errc::corrupt);
  CHECK(caught([&] { parse_control_file({}, "c"); }).code() == Errc::corrupt);
}

}  // namespace
}  // namespace pitr::postgresql
