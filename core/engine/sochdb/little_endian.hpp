#pragma once

#include "base/bytes.hpp"

#include <array>
#include <cstdint>

namespace pitr::sochdb {

inline void append_le32(Bytes& to, std::uint32_t value) {
  std::array<std::byte, 4> bytes{};
  store_le32(bytes.data(), value);
  append(to, bytes);
}

inline void append_le64(Bytes& to, std::uint64_t value) {
  append_le32(to, static_cast<std::uint32_t>(value));
  append_le32(to, static_cast<std::uint32_t>(value >> 32U));
}

}  // namespace pitr::sochdb
