#pragma once

#include "base/bytes.hpp"

#include <cstdint>

namespace pitr::sochdb {

// CRC-32 of bytes as in IEEE 802.3 and zlib.
std::uint32_t crc32(ByteView bytes);

}  // namespace pitr::sochdb
