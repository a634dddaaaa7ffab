#include "base/crc32c.hpp"

#include <algorithm>

#include <isa-l/crc.h>

namespace pitr {

std::uint32_t crc32c(ByteView bytes) { return crc32c_extended(0, bytes); }

std::uint32_t crc32c_extended(std::uint32_t crc, ByteView bytes) {
  // The library counts in int, and leaves the inversion before and after to its caller.
  constexpr std::size_t kMaxPiece = std::size_t{1} << 30U;
  std::uint32_t state = ~crc;
  while (!bytes.empty()) {
    const ByteView piece = bytes.first(std::min(bytes.size(), kMaxPiece));
    // It takes a pointer to non-const, but only reads.
    auto* at = reinterpret_cast<unsigned char*>(const_cast<std::byte*>(piece.data()));
    state = crc32_iscsi(at, static_cast<int>(piece.size()), state);
    bytes = bytes.subspan(piece.size());
  }
  return ~state;
}

}  // namespace pitr
