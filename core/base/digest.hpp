#pragma once

#include "base/bytes.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace pitr {

// An XXH3-128 hash. Written as 32 lower-case hex digits, high half first.
struct Digest {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  bool operator==(const Digest&) const = default;
  [[nodiscard]] std::string hex() const;
  // Exactly 32 lower-case hex digits; throws Errc::corrupt otherwise.
  static Digest from_hex(std::string_view hex);
};

Digest digest_of(ByteView bytes);

// XXH3-64: half as long, for blocks that a digest covers as well.
std::uint64_t hash64_of(ByteView bytes);

// The random bytes that make a repository's chunk hashes its own.
using HashSecret = std::array<std::byte, 192>;

Digest keyed_digest_of(ByteView bytes, const HashSecret& secret);
std::uint64_t keyed_hash64_of(ByteView bytes, const HashSecret& secret);

// The same hash over bytes that arrive piece by piece.
class DigestStream {
 public:
  DigestStream();
  DigestStream(DigestStream&&) noexcept;
  DigestStream& operator=(DigestStream&&) noexcept;
  ~DigestStream();
  void update(ByteView bytes);
  [[nodiscard]] Digest digest() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Lower-case hex of any bytes, and back; from_hex throws Errc::corrupt on anything but an even number of
// lower-case hex digits.
std::string to_hex(ByteView bytes);
Bytes from_hex(std::string_view hex);

}  // namespace pitr
