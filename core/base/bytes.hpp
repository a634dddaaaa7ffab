#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

namespace pitr {

using Bytes = std::vector<std::byte>;
using ByteView = std::span<const std::byte>;

inline ByteView as_bytes(std::string_view text) { return std::as_bytes(std::span(text.data(), text.size())); }

inline std::string_view as_text(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Fixed-width integers at a byte position; the caller guarantees that sizeof(T) bytes are there.
template <typename T>
T load_native(const std::byte* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

inline std::uint32_t load_be32(const std::byte* at) {
  const auto v = load_native<std::uint32_t>(at);
  return std::endian::native == std::endian::big ? v : __builtin_bswap32(v);
}

inline std::uint64_t load_be64(const std::byte* at) {
  const auto v = load_native<std::uint64_t>(at);
  return std::endian::native == std::endian::big ? v : __builtin_bswap64(v);
}

inline std::uint32_t load_le32(const std::byte* at) {
  const auto v = load_native<std::uint32_t>(at);
  return std::endian::native == std::endian::little ? v : __builtin_bswap32(v);
}

inline std::uint64_t load_le64(const std::byte* at) {
  const auto v = load_native<std::uint64_t>(at);
  return std::endian::native == std::endian::little ? v : __builtin_bswap64(v);
}

inline std::uint16_t load_le16(const std::byte* at) {
  return static_cast<std::uint16_t>((std::to_integer<unsigned>(at[1]) << 8U) |
                                    std::to_integer<unsigned>(at[0]));
}

inline std::uint16_t load_be16(const std::byte* at) {
  return static_cast<std::uint16_t>((std::to_integer<unsigned>(at[0]) << 8U) |
                                    std::to_integer<unsigned>(at[1]));
}

inline void store_be32(std::byte* at, std::uint32_t value) {
  if constexpr (std::endian::native == std::endian::little) value = __builtin_bswap32(value);
  std::memcpy(at, &value, sizeof value);
}

inline void store_le32(std::byte* at, std::uint32_t value) {
  if constexpr (std::endian::native == std::endian::big) value = __builtin_bswap32(value);
  std::memcpy(at, &value, sizeof value);
}

inline void append(Bytes& to, ByteView bytes) { to.insert(to.end(), bytes.begin(), bytes.end()); }

// Where bytes go, in order. Throws Error when they cannot.
class ByteSink {
 public:
  virtual ~ByteSink() = default;
  virtual void write(ByteView bytes) = 0;
};

// Where bytes come from, in order.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // Fills as much of buffer as there is and returns how much; 0 means the end. Throws Error on failure.
  virtual std::size_t read(std::span<std::byte> buffer) = 0;
};

}  // namespace pitr
