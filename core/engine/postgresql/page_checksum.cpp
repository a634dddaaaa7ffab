#include "engine/postgresql/page_checksum.hpp"

#include <array>
#include <cstring>

namespace pitr::postgresql {

namespace {

// The header of a relation's page. Facts: storage/bufpage.h.
//   0 LSN: high half (4), low half (4)   8 checksum (2)   10 flags (2)   12 end of line pointers (2)
//   14 start of tuples (2), 0 in a page that was never written   16 start of special space (2)
constexpr std::size_t kChecksumAt = 8;
constexpr std::size_t kTuplesAt = 14;

// The checksum reads a page as rows of 32 words, and runs a sum of the FNV-1a kind down each column, from
// that column's start on. Two rows of zeros follow the page; the sums and the block number are folded into
// one word by xor, and that into 1..65535. Facts: storage/checksum_impl.h.
constexpr std::size_t kColumns = 32;
constexpr std::size_t kRowSize = kColumns * sizeof(std::uint32_t);
constexpr std::size_t kRows = kPageSize / kRowSize;
constexpr int kRowsOfZeros = 2;
constexpr std::uint32_t kFnvPrime = 16777619;
constexpr unsigned kShift = 17;
constexpr std::uint32_t kLargestChecksum = 65535;
constexpr std::array<std::uint32_t, kColumns> kStarts = {
    0x5B1F36E9, 0xB8525960, 0x02AB50AA, 0x1DE66D2A, 0x79FF467A, 0x9BB9F8A3, 0x217E7CD2, 0x83E13D2C,
    0xF8D4474F, 0xE39EB970, 0x42C6AE16, 0x993216FA, 0x7B093B5D, 0x98DAFF3C, 0xF718902A, 0x0B1C9CDB,
    0xE58F764B, 0x187636BC, 0x5D7B3BB1, 0xE73DE7DE, 0x92BEC979, 0xCCA6C0B2, 0x304A0979, 0x85AA43D4,
    0x783125BB, 0x6CA8EAA2, 0xE407EAC6, 0x4B5CFC3E, 0x9FBF8C76, 0x15CA20BE, 0xF2CA9FD3, 0x959BD756};

// Eight columns at a time, as the widest registers that most machines have.
using Lanes [[gnu::vector_size(32)]] = std::uint32_t;
constexpr std::size_t kGroups = kRowSize / sizeof(Lanes);
using Sums = std::array<Lanes, kGroups>;

[[gnu::always_inline]] inline void add_row(Sums& sums, const std::byte* row) {
  for (std::size_t i = 0; i < kGroups; ++i) {
    Lanes words;
    std::memcpy(&words, row + i * sizeof words, sizeof words);
    const Lanes mixed = sums[i] ^ words;
    sums[i] = (mixed * kFnvPrime) ^ (mixed >> kShift);
  }
}

[[gnu::always_inline]] inline std::uint32_t fold(const std::byte* page) {
  Sums sums;
  std::memcpy(sums.data(), kStarts.data(), sizeof sums);
  std::array<std::byte, kRowSize> first;
  std::memcpy(first.data(), page, first.size());
  first[kChecksumAt] = first[kChecksumAt + 1] = std::byte{0};
  add_row(sums, first.data());
  for (std::size_t row = 1; row < kRows; ++row) add_row(sums, page + row * kRowSize);
  constexpr std::array<std::byte, kRowSize> kZeros{};
  for (int i = 0; i < kRowsOfZeros; ++i) add_row(sums, kZeros.data());
  std::array<std::uint32_t, kColumns> columns;
  std::memcpy(columns.data(), sums.data(), sizeof sums);
  std::uint32_t all = 0;
  for (const std::uint32_t sum : columns) all ^= sum;
  return all;
}

std::uint32_t fold_anywhere(const std::byte* page) { return fold(page); }

#if defined(__x86_64__)
[[gnu::target("avx2")]] std::uint32_t fold_with_avx2(const std::byte* page) { return fold(page); }

const auto fold_page = __builtin_cpu_supports("avx2") != 0 ? fold_with_avx2 : fold_anywhere;
#else
const auto fold_page = fold_anywhere;
#endif

bool is_zero(RelationPage page) {
  return page.front() == std::byte{0} && std::memcmp(page.data(), page.data() + 1, page.size() - 1) == 0;
}

}  // namespace

Lsn page_lsn(RelationPage page) {
  return {(std::uint64_t{load_le32(&page[0])} << 32U) | load_le32(&page[4])};
}

std::uint16_t stored_checksum(RelationPage page) { return load_le16(&page[kChecksumAt]); }

std::uint16_t computed_checksum(RelationPage page, std::uint32_t block) {
  return static_cast<std::uint16_t>((fold_page(page.data()) ^ block) % kLargestChecksum + 1);
}

bool is_sound_page(RelationPage page, std::uint32_t block) {
  if (load_le16(&page[kTuplesAt]) == 0) return is_zero(page);
  return stored_checksum(page) == computed_checksum(page, block);
}

}  // namespace pitr::postgresql
