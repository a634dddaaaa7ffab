#include "engine/postgresql/page_check.hpp"
#include "engine/postgresql/page_checksum.hpp"
#include "support/postgresql_page.hpp"

#include <algorithm>
#include <vector>

#include <doctest/doctest.h>

namespace pitr::postgresql {
namespace {

using test::damaged_page;
using test::sound_page;

constexpr Lsn kStart{0x1000};
constexpr Lsn kEnd{0x2000};

const LogReach kReach{kStart, [] { return kEnd; }};

Bytes file_of(const std::vector<Bytes>& pages) {
  Bytes file;
  for (const auto& page : pages) append(file, page);
  return file;
}

PageCheck::ReadAgain unchanged(const Bytes& file) {
  return [&file](std::uint64_t offset, std::span<std::byte> page) {
    std::copy_n(file.begin() + static_cast<std::ptrdiff_t>(offset), page.size(), page.begin());
  };
}

std::vector<std::uint32_t> bad_blocks(const Bytes& file, std::uint32_t first_block = 0,
                                      std::size_t piece = 3 * kPageSize) {
  PageCheck check("f", first_block);
  for (std::size_t at = 0; at < file.size(); at += piece)
    check.feed(ByteView(file).subspan(at, std::min(piece, file.size() - at)));
  std::vector<std::uint32_t> blocks;
  for (const auto& page : check.finish(kReach, unchanged(file))) blocks.push_back(page.block);
  return blocks;
}

using Blocks = std::vector<std::uint32_t>;

TEST_CASE("bad pages are told by block, with what was computed and what is stored") {
  const Bytes file = file_of({sound_page(0), damaged_page(1), Bytes(kPageSize), damaged_page(3)});
  PageCheck check("base/5/1259", 0);
  check.feed(file);
  const auto bad = check.finish(kReach, unchanged(file));
  REQUIRE(bad.size() == 2);
  CHECK(bad[0].file == "base/5/1259");
  CHECK(bad[0].block == 1);
  CHECK(bad[1].block == 3);
  CHECK(bad[0].stored == stored_checksum(RelationPage(damaged_page(1))));
  CHECK(bad[0].computed == computed_checksum(RelationPage(damaged_page(1)), 1));
}

TEST_CASE("blocks are counted on over the files of a relation") {
  constexpr std::uint32_t kFirst = 131072;
  CHECK(bad_blocks(file_of({sound_page(kFirst), damaged_page(kFirst + 1)}), kFirst) == Blocks{kFirst + 1});
  CHECK(bad_blocks(file_of({sound_page(0)}), kFirst) == Blocks{kFirst});
}

TEST_CASE("the pieces in which a file arrives need not be whole pages") {
  const Bytes file = file_of({sound_page(0), damaged_page(1), sound_page(2), damaged_page(3)});
  for (const std::size_t piece : {1UL, 100UL, 8191UL, 8192UL, 8193UL, 20000UL, 32768UL})
    CHECK(bad_blocks(file, 0, piece) == Blocks{1, 3});
}

TEST_CASE("a page that is cut off at the end of a file is not judged") {
  Bytes file = file_of({sound_page(0), damaged_page(1)});
  file.pop_back();
  CHECK(bad_blocks(file).empty());
}

TEST_CASE("a page is not bad when the log of the backup puts it right, and only then") {
  const auto with_lsn = [](Lsn lsn) { return bad_blocks(file_of({damaged_page(0, lsn)})); };
  CHECK(with_lsn(kStart).empty());
  CHECK(with_lsn(kEnd).empty());
  CHECK(with_lsn({kStart.value - 1}) == Blocks{0});
  CHECK(with_lsn({kEnd.value + 1}) == Blocks{0});
}

TEST_CASE("a page that was torn while it was read is not bad") {
  const Bytes torn = file_of({damaged_page(0), damaged_page(1)});
  const Bytes whole = file_of({sound_page(0), damaged_page(1)});
  PageCheck check("f", 0);
  check.feed(torn);
  int reads = 0;
  const auto bad = check.finish(kReach, [&](std::uint64_t offset, std::span<std::byte> page) {
    unchanged(++reads > 4 ? whole : torn)(offset, page);
  });
  REQUIRE(bad.size() == 1);
  CHECK(bad[0].block == 1);
}

TEST_CASE("the end of the log is asked for only when a page is in doubt") {
  const Bytes file = file_of({sound_page(0)});
  PageCheck check("f", 0);
  check.feed(file);
  bool was_asked = false;
  const LogReach reach{kStart, [&] {
                         was_asked = true;
                         return kEnd;
                       }};
  CHECK(check.finish(reach, unchanged(file)).empty());
  CHECK_FALSE(was_asked);
}

}  // namespace
}  // namespace pitr::postgresql
