#include "engine/sqlite/wal_index.hpp"
#include "support/sqlite_database.hpp"

#include <doctest/doctest.h>

namespace pitr::sqlite {
namespace {

constexpr std::size_t kCopySize = 48;

// Reads the -shm file of a database that this process has not opened.
Bytes index_bytes(const test::SqliteDatabase& database) { return read_whole_file(database.shm()); }

void store_native(std::byte* at, std::uint32_t value) { std::memcpy(at, &value, sizeof value); }

// Sums the first copy anew and makes the second equal to it.
Bytes summed(Bytes bytes) {
  Checksum sum;
  for (std::size_t i = 0; i < 40; i += 8) {
    sum.s0 += load_native<std::uint32_t>(&bytes[i]) + sum.s1;
    sum.s1 += load_native<std::uint32_t>(&bytes[i + 4]) + sum.s0;
  }
  store_native(&bytes[40], sum.s0);
  store_native(&bytes[44], sum.s1);
  std::copy_n(bytes.begin(), kCopySize, bytes.begin() + kCopySize);
  return bytes;
}

TEST_CASE("the wal-index of a live database is read") {
  for (const std::uint32_t page_size : {512U, 4096U, 65536U}) {
    CAPTURE(page_size);
    test::SqliteDatabase database(page_size);
    const auto before = read_wal_index(index_bytes(database).data());
    REQUIRE(before);
    database.commits(5);
    const Bytes log = read_whole_file(database.wal());
    const auto index = read_wal_index(index_bytes(database).data());
    REQUIRE(index);
    CHECK(index->change == before->change + 5);
    CHECK(index->page_size == page_size);
    CHECK(index->max_frame == (log.size() - kWalHeaderSize) / (kFrameHeaderSize + page_size));
    CHECK(fmt::format("{}\n", index->pages) == database.app.run("PRAGMA page_count"));
    CHECK(index->backfilled == 0);
    CHECK(index->big_endian == false);
    CHECK(index->salts == parse_wal_header(log)->salts);
    CHECK(index->checksum == parse_frame_header(&log[log.size() - kFrameHeaderSize - page_size]).checksum);
  }
}

TEST_CASE("the wal-index tells how much of the log is in the database") {
  test::SqliteDatabase database;
  database.commits(2);
  database.checkpoint("PASSIVE");
  const auto index = read_wal_index(index_bytes(database).data());
  REQUIRE(index);
  CHECK(index->backfilled == index->max_frame);
}

TEST_CASE("a wal-index with any byte of either copy changed is torn") {
  test::SqliteDatabase database;
  const Bytes good = index_bytes(database);
  REQUIRE(read_wal_index(good.data()));
  for (std::size_t i = 0; i < 2 * kCopySize; ++i) {
    CAPTURE(i);
    Bytes bad = good;
    bad[i] ^= std::byte{1};
    CHECK_FALSE(read_wal_index(bad.data()));
  }
}

TEST_CASE("equal copies with a checksum that does not hold are not believed") {
  test::SqliteDatabase database;
  const Bytes good = index_bytes(database);
  for (std::size_t i = 0; i < kCopySize; ++i) {
    CAPTURE(i);
    Bytes bad = good;
    bad[i] ^= std::byte{1};
    bad[i + kCopySize] ^= std::byte{1};
    CHECK_FALSE(read_wal_index(bad.data()));
  }
}

TEST_CASE("a wal-index that is not initialised, or of another version, is none") {
  test::SqliteDatabase database;
  const Bytes good = index_bytes(database);
  REQUIRE(read_wal_index(summed(good).data()));
  Bytes not_initialised = good;
  not_initialised[12] = std::byte{0};
  CHECK_FALSE(read_wal_index(summed(not_initialised).data()));
  Bytes other_version = good;
  store_native(other_version.data(), kWalFormat + 1);
  CHECK_FALSE(read_wal_index(summed(other_version).data()));
  CHECK_FALSE(read_wal_index(Bytes(136).data()));
}

}  // namespace
}  // namespace pitr::sqlite
