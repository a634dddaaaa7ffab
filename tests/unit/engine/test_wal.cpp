#include "engine/sqlite/wal.hpp"
#include "engine_test.hpp"

#include <array>

namespace pitr::sqlite {
namespace {

using test::caught;

Bytes words(std::initializer_list<std::uint32_t> values, bool big_endian) {
  Bytes bytes(4 * values.size());
  std::byte* at = bytes.data();
  for (const std::uint32_t value : values) {
    big_endian ? store_be32(at, value) : store_le32(at, value);
    at += 4;
  }
  return bytes;
}

// A log header with any page size and both byte orders, and the right checksum.
Bytes header_of(std::uint32_t page_size, bool big_endian, std::uint32_t format = kWalFormat) {
  Bytes bytes(kWalHeaderSize);
  store_be32(&bytes[0], kWalMagic | (big_endian ? 1U : 0U));
  store_be32(&bytes[4], format);
  store_be32(&bytes[8], page_size);
  store_be32(&bytes[16], 17);
  store_be32(&bytes[20], 18);
  const Checksum sum = carry_on({}, ByteView(bytes).first(24), big_endian);
  store_be32(&bytes[24], sum.s0);
  store_be32(&bytes[28], sum.s1);
  return bytes;
}

// The frames of a log that SQLite wrote, written anew.
Bytes rewritten(ByteView log, std::uint32_t page_size) {
  test::BytesSink sink;
  WalWriter writer(sink, page_size);
  const std::size_t frame_size = kFrameHeaderSize + page_size;
  for (std::size_t at = kWalHeaderSize; at + frame_size <= log.size(); at += frame_size) {
    const FrameHeader frame = parse_frame_header(&log[at]);
    writer.frame(frame.page, frame.commit_pages, log.subspan(at + kFrameHeaderSize, page_size));
  }
  return sink.bytes;
}

TEST_CASE("a checksum adds pairs of words in the byte order it is told") {
  for (const bool big_endian : {false, true}) {
    CAPTURE(big_endian);
    // 1: (0+1+0, 0+2+1) = (1, 3); 2: (1+3+3, 3+4+7) = (7, 14)
    CHECK(carry_on({}, words({1, 2, 3, 4}, big_endian), big_endian) == Checksum{7, 14});
    CHECK(carry_on({}, words({0xffffffff, 0xffffffff}, big_endian), big_endian) ==
          Checksum{0xffffffff, 0xfffffffe});
  }
  CHECK(carry_on({}, words({1, 2}, true), false) != carry_on({}, words({1, 2}, true), true));
}

TEST_CASE("a checksum may be carried on in parts") {
  const Bytes bytes = words({9, 8, 7, 6, 5, 4}, false);
  const Checksum first = carry_on({}, ByteView(bytes).first(8), false);
  CHECK(carry_on(first, ByteView(bytes).subspan(8), false) == carry_on({}, bytes, false));
}

TEST_CASE("checksums are read back from their sixteen hex digits, and from nothing else") {
  const Checksum sum{0x0000002a, 0xfedcba98};
  CHECK(to_hex(sum) == "0000002afedcba98");
  CHECK(checksum_from_hex(to_hex(sum)) == sum);
  for (const char* wrong : {"", "0000002afedcba9", "0000002afedcba980", "0000002afedcba9g",
                            "+000002afedcba98", "0x00002afedcba98", "0000002a fedcba9"}) {
    CAPTURE(wrong);
    CHECK(caught([&] { static_cast<void>(checksum_from_hex(wrong)); }).code() == Errc::corrupt);
  }
}

TEST_CASE("the header of a log that SQLite wrote is read") {
  for (const std::uint32_t page_size : {512U, 4096U, 65536U}) {
    CAPTURE(page_size);
    test::SqliteDatabase database(page_size);
    const Bytes log = read_whole_file(database.wal());
    const auto header = parse_wal_header(log);
    REQUIRE(header);
    CHECK(header->page_size == page_size);
    CHECK(header->big_endian == false);
    CHECK(header->salts == Salts{load_be32(&log[16]), load_be32(&log[20])});
    CHECK(carry_on_frame(header->checksum, &log[kWalHeaderSize], page_size, false) ==
          parse_frame_header(&log[kWalHeaderSize]).checksum);
  }
}

TEST_CASE("headers of both byte orders are read") {
  for (const bool big_endian : {false, true}) {
    const auto header = parse_wal_header(header_of(1024, big_endian));
    REQUIRE(header);
    CHECK(header->big_endian == big_endian);
    CHECK(header->page_size == 1024);
    CHECK(header->salts == Salts{17, 18});
  }
}

TEST_CASE("a header with any byte changed, or cut off, is none") {
  const Bytes good = header_of(4096, false);
  for (std::size_t i = 0; i < good.size(); ++i) {
    CAPTURE(i);
    for (unsigned bit = 0; bit < 8; ++bit) {
      Bytes bad = good;
      bad[i] ^= static_cast<std::byte>(1U << bit);
      CHECK_FALSE(parse_wal_header(bad));
    }
    CHECK_FALSE(parse_wal_header(ByteView(good).first(i)));
  }
}

TEST_CASE("a header with an impossible page size or another format is none, though its checksum holds") {
  for (const std::uint32_t page_size : {0U, 1U, 256U, 1000U, 4097U, 131072U, 0x80000000U}) {
    CAPTURE(page_size);
    CHECK_FALSE(parse_wal_header(header_of(page_size, false)));
  }
  CHECK_FALSE(parse_wal_header(header_of(4096, false, kWalFormat + 1)));
}

TEST_CASE("a frame header is read as it was made") {
  std::array<std::byte, kFrameHeaderSize> bytes{};
  make_frame_header(bytes.data(), {0x01020304, 0x05060708, {9, 10}, {11, 12}});
  CHECK(bytes[0] == std::byte{1});
  CHECK(bytes[7] == std::byte{8});
  const FrameHeader frame = parse_frame_header(bytes.data());
  CHECK(frame.page == 0x01020304);
  CHECK(frame.commit_pages == 0x05060708);
  CHECK(frame.salts == Salts{9, 10});
  CHECK(frame.checksum == Checksum{11, 12});
}

TEST_CASE("SQLite recovers a log that we wrote beside the file it belongs to") {
  for (const std::uint32_t page_size : {512U, 4096U, 65536U}) {
    CAPTURE(page_size);
    test::SqliteDatabase database(page_size);
    database.checkpoint("TRUNCATE");
    database.commits(3);
    database.commit(5 * std::uint64_t{page_size});
    const fs::path copy = database.directory / "copy.db";
    test::copy_database(database.path, copy);
    const fs::path log = copy.string() + "-wal";
    const Bytes ours = rewritten(read_whole_file(log), page_size);
    test::write_file(log, ours);
    test::SqliteApp app(copy);
    CHECK(app.run("SELECT count(*), sum(length(v)) FROM t") ==
          database.app.run("SELECT count(*), sum(length(v)) FROM t"));
    CHECK(app.run("PRAGMA integrity_check") == "ok\n");
  }
}

}  // namespace
}  // namespace pitr::sqlite
