#include "engine/sqlite/wal_index.hpp"

#include <array>
#include <atomic>

namespace pitr::sqlite {

namespace {

constexpr std::size_t kHeaderWords = 12;
constexpr std::size_t kBackfillWord = 24;

using HeaderWords = std::array<std::uint32_t, kHeaderWords>;

HeaderWords copy_words(const volatile std::uint32_t* from) {
  HeaderWords words{};
  for (std::size_t i = 0; i < kHeaderWords; ++i) words[i] = from[i];
  return words;
}

bool own_checksum_holds(const HeaderWords& words) {
  Checksum sum;
  for (std::size_t i = 0; i < 10; i += 2) {
    sum.s0 += words[i] + sum.s1;
    sum.s1 += words[i + 1] + sum.s0;
  }
  return sum == Checksum{words[10], words[11]};
}

}  // namespace

std::optional<WalIndex> read_wal_index(const volatile void* region) {
  const auto* const at = static_cast<const volatile std::uint32_t*>(region);
  // A writer changes the second copy first, so the first is read first.
  const HeaderWords first = copy_words(at);
  std::atomic_thread_fence(std::memory_order_seq_cst);
  const HeaderWords second = copy_words(at + kHeaderWords);
  if (first != second || first[0] != kWalFormat || !own_checksum_holds(first)) return std::nullopt;
  const auto* const bytes = reinterpret_cast<const std::byte*>(first.data());
  if (bytes[12] == std::byte{0}) return std::nullopt;
  WalIndex index;
  index.change = first[2];
  index.big_endian = bytes[13] != std::byte{0};
  const auto page_size = load_native<std::uint16_t>(bytes + 14);
  index.page_size = page_size == 1 ? 65536 : page_size;
  index.max_frame = first[4];
  index.pages = first[5];
  index.checksum = {first[6], first[7]};
  index.salts = {load_be32(bytes + 32), load_be32(bytes + 36)};
  index.backfilled = at[kBackfillWord];
  return index;
}

}  // namespace pitr::sqlite
