#pragma once

#include "base/bytes.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

namespace pitr::sochdb {

// A key of 32 bytes; its memory is wiped when it goes.
class SecretKey {
 public:
  static constexpr std::size_t kSize = 32;

  // bytes: exactly kSize.
  explicit SecretKey(ByteView bytes);
  SecretKey(const SecretKey&) = default;
  SecretKey& operator=(const SecretKey&) = default;
  ~SecretKey();

  [[nodiscard]] ByteView bytes() const { return bytes_; }
  bool operator==(const SecretKey&) const = default;

 private:
  std::array<std::byte, kSize> bytes_{};
};

using Sha256Digest = std::array<std::byte, 32>;

// SHA-256, or HMAC-SHA-256 under a key, of bytes that arrive piece by piece.
class Sha256 {
 public:
  Sha256();
  explicit Sha256(ByteView hmac_key);
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;
  ~Sha256();
  void update(ByteView bytes);
  // Ends it.
  [[nodiscard]] Sha256Digest digest();

 private:
  struct Handle;
  std::unique_ptr<Handle> handle_;
};

// HKDF-SHA-256 (RFC 5869).
SecretKey derive_key(ByteView salt, const SecretKey& key, std::string_view info);

// The envelopes that SochDB encrypts in, with AES-256-GCM-SIV (RFC 8452):
//
//   0     1   version, 1
//   1     12  nonce
//   13    n   ciphertext
//   13+n  16  tag
inline constexpr std::byte kEnvelopeVersion{1};
inline constexpr std::size_t kEnvelopeOverhead = 29;

class EnvelopeOpener {
 public:
  explicit EnvelopeOpener(const SecretKey& key);
  EnvelopeOpener(const EnvelopeOpener&) = delete;
  EnvelopeOpener& operator=(const EnvelopeOpener&) = delete;
  ~EnvelopeOpener();

  // What is inside, good until the next call; nothing unless the envelope was sealed with this key and this
  // additional data.
  std::optional<ByteView> open(ByteView envelope, ByteView additional);

 private:
  struct Handle;
  std::unique_ptr<Handle> handle_;
  Bytes plain_;
};

}  // namespace pitr::sochdb
