#include "engine/sqlite/stored_wal.hpp"
#include "engine_test.hpp"

namespace pitr::sqlite {
namespace {

std::size_t read_all(ByteView raw, std::uint32_t page_size = 512) {
  test::BytesSource source(raw);
  StoredWal wal(source, page_size, "segment 7");
  std::size_t frames = 0;
  while (wal.next()) ++frames;
  return frames;
}

Error failure(ByteView raw, std::uint32_t page_size = 512) {
  return test::caught([&] { read_all(raw, page_size); });
}

TEST_CASE("a stored log is read frame by frame") {
  const Bytes raw = test::log_of(512, {{3, 0, 'a'}, {1, 9, 'b'}});
  test::BytesSource source(raw);
  StoredWal wal(source, 512, "segment 7");
  const auto first = wal.next();
  REQUIRE(first);
  CHECK(first->page == 3);
  CHECK(first->commit_pages == 0);
  CHECK(wal.frame_offset() == kWalHeaderSize);
  const auto second = wal.next();
  REQUIRE(second);
  CHECK(second->page == 1);
  CHECK(second->commit_pages == 9);
  CHECK(as_text(second->image(512)) == std::string(512, 'b'));
  CHECK(wal.frame_offset() == kWalHeaderSize + kFrameHeaderSize + 512);
  CHECK_FALSE(wal.next());
  CHECK(wal.frames() == 2);
}

TEST_CASE("a stored log may hold no frames") { CHECK(read_all(test::log_of(512, {})) == 0); }

TEST_CASE("a stored log cut anywhere but between frames is corrupt") {
  const Bytes raw = test::log_of(512, {{1, 0, 'a'}, {2, 2, 'b'}});
  const std::size_t frame = kFrameHeaderSize + 512;
  for (std::size_t size = 0; size < raw.size(); ++size) {
    if (size >= kWalHeaderSize && (size - kWalHeaderSize) % frame == 0) continue;
    CAPTURE(size);
    CHECK(failure(ByteView(raw).first(size)).code() == Errc::corrupt);
  }
}

TEST_CASE("a stored log with a byte changed is corrupt, and the message says where") {
  const Bytes good = test::log_of(512, {{1, 0, 'a'}, {2, 2, 'b'}});
  const std::size_t frame = kFrameHeaderSize + 512;
  for (std::size_t i = 0; i < good.size(); ++i) {
    CAPTURE(i);
    Bytes bad = good;
    bad[i] ^= std::byte{0x10};
    const Error error = failure(bad);
    CHECK(error.code() == Errc::corrupt);
    CHECK(test::contains(error.what(), "segment 7"));
    const std::size_t at = i < kWalHeaderSize ? 0 : i - (i - kWalHeaderSize) % frame;
    CHECK(test::contains(error.what(), fmt::format("(offset {} ", at)));
  }
}

TEST_CASE("a stored log of other pages than it should have is corrupt") {
  CHECK(failure(test::log_of(1024, {}), 512).code() == Errc::corrupt);
}

TEST_CASE("a log as SQLite itself wrote it is not one that we store") {
  test::SqliteDatabase database(512);
  CHECK(failure(read_whole_file(database.wal())).code() == Errc::corrupt);
}

TEST_CASE("a frame for page 0 is corrupt though its checksum holds") {
  CHECK(failure(test::log_of(512, {{0, 1, 'a'}})).code() == Errc::corrupt);
}

}  // namespace
}  // namespace pitr::sqlite
