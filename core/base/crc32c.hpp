#pragma once

#include "base/bytes.hpp"

#include <cstdint>

namespace pitr {

// CRC-32C (Castagnoli, reflected, as in RFC 3720) of bytes.
std::uint32_t crc32c(ByteView bytes);

}  // namespace pitr
