#pragma once

#include "base/bytes.hpp"

#include <cstdint>

namespace pitr {

// CRC-32C (Castagnoli, reflected, as in RFC 3720) of bytes.
std::uint32_t crc32c(ByteView bytes);

// That of bytes which follow others: crc is that of the others.
std::uint32_t crc32c_extended(std::uint32_t crc, ByteView bytes);

}  // namespace pitr
