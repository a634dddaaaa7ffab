// The wal-index, which other processes write: any bytes may stand there. An input longer than the region gets
// a checksum that holds and a second copy that agrees, as the fuzzer finds neither by itself.

#include "engine/sqlite/wal_index.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace {

constexpr std::size_t kRegion = 136;
constexpr std::size_t kCopy = 48;
constexpr std::size_t kSummed = 40;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace pitr::sqlite;
  std::array<std::byte, kRegion> region{};
  std::memcpy(region.data(), bytes, std::min(size, region.size()));
  if (size > region.size()) {
    const Checksum sum = carry_on({}, std::span(region).first(kSummed), false);
    std::memcpy(region.data() + kSummed, &sum.s0, sizeof sum.s0);
    std::memcpy(region.data() + kSummed + sizeof sum.s0, &sum.s1, sizeof sum.s1);
    std::memcpy(region.data() + kCopy, region.data(), kCopy);
  }
  const auto index = read_wal_index(region.data());
  if (index && read_wal_index(region.data()) != index) __builtin_trap();
  return 0;
}
