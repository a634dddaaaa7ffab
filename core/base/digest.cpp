#include "base/digest.hpp"

#include "base/error.hpp"

#include <new>

#include <fmt/format.h>
#include <xxhash.h>

namespace pitr {
namespace {

Digest from_xxh(XXH128_hash_t hash) { return {hash.high64, hash.low64}; }

// The value of a lower-case hex digit; -1 for anything else.
int digit_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

}  // namespace

std::string Digest::hex() const { return fmt::format("{:016x}{:016x}", high, low); }

Digest Digest::from_hex(std::string_view hex) {
  if (hex.size() != 32) {
    throw Error(Errc::corrupt, fmt::format("a digest of {} characters, not 32", hex.size()));
  }
  const Bytes bytes = pitr::from_hex(hex);
  return {load_be64(bytes.data()), load_be64(bytes.data() + 8)};
}

Digest digest_of(ByteView bytes) { return from_xxh(XXH3_128bits(bytes.data(), bytes.size())); }

std::uint64_t hash64_of(ByteView bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

Digest keyed_digest_of(ByteView bytes, const HashSecret& secret) {
  return from_xxh(XXH3_128bits_withSecret(bytes.data(), bytes.size(), secret.data(), secret.size()));
}

std::uint64_t keyed_hash64_of(ByteView bytes, const HashSecret& secret) {
  return XXH3_64bits_withSecret(bytes.data(), bytes.size(), secret.data(), secret.size());
}

struct DigestStream::State {
  State() : xxh(XXH3_createState()) {
    if (xxh == nullptr) throw std::bad_alloc();
    XXH3_128bits_reset(xxh);
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { XXH3_freeState(xxh); }
  XXH3_state_t* xxh;
};

DigestStream::DigestStream() : state_(std::make_unique<State>()) {}
DigestStream::DigestStream(DigestStream&&) noexcept = default;
DigestStream& DigestStream::operator=(DigestStream&&) noexcept = default;
DigestStream::~DigestStream() = default;

void DigestStream::update(ByteView bytes) {
  if (!bytes.empty()) XXH3_128bits_update(state_->xxh, bytes.data(), bytes.size());
}

Digest DigestStream::digest() const { return from_xxh(XXH3_128bits_digest(state_->xxh)); }

std::string to_hex(ByteView bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const std::byte b : bytes) {
    text.push_back(kDigits[std::to_integer<std::size_t>(b >> 4U)]);
    text.push_back(kDigits[std::to_integer<std::size_t>(b & std::byte{0x0F})]);
  }
  return text;
}

Bytes from_hex(std::string_view hex) {
  if (hex.size() % 2 != 0)
    throw Error(Errc::corrupt, fmt::format("an odd number of hex digits: {}", hex.size()));
  Bytes bytes;
  bytes.reserve(hex.size() / 2);
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    const int high = digit_value(hex[i]);
    const int low = digit_value(hex[i + 1]);
    if (high < 0 || low < 0) {
      throw Error(Errc::corrupt,
                  fmt::format("not a lower-case hex digit at position {}", high < 0 ? i : i + 1));
    }
    bytes.push_back(static_cast<std::byte>(high * 16 + low));
  }
  return bytes;
}

}  // namespace pitr
