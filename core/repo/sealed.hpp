#pragma once

#include "base/bytes.hpp"
#include "base/json.hpp"
#include "model/payload.hpp"
#include "repo/codec.hpp"
#include "repo/spool.hpp"
#include "store/store.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace pitr {

// Sealed objects: a manifest, then its payload. The manifest travels in a skippable frame, which zstd and lz4 readers
// pass over:
//
//   offset  bytes  field
//   0       4      0x184D2A50, little-endian (50 2a 4d 18)
//   4       4      n, little-endian: length of what follows up to the payload
//   8       n      sealed JSON (repo/document.hpp), then as few spaces as make no byte of n equal 0x0a, then a newline
//   8+n            the payload, as PayloadManifest says
//
// A manifest `{"a":1,"sum":"..."}` of 49 bytes begins 50 2a 4d 18 32 00 00 00 7b 22 61 22.
inline constexpr std::uint32_t kSkippableMagic = 0x184D2A50;
inline constexpr std::uint32_t kMaxManifestSize = 64 * 1024 * 1024;

Bytes sealed_header(const Json& manifest);

struct SealedHeader {
  Json manifest;
  Digest sum;
  std::uint64_t payload_offset = 0;
};
// Nothing when there is no such object; throws Errc::corrupt when it is not what it should be. Costs one read when the
// manifest is small.
std::optional<SealedHeader> read_sealed_header(const Store& store, const std::string& key);

// Takes raw bytes, and holds them encoded until they are stored: hashes on both sides of the codec.
class PayloadBuilder : public ByteSink {
 public:
  explicit PayloadBuilder(const Codec& codec);
  ~PayloadBuilder() override;
  void write(ByteView raw) override;
  // Ends the payload. After it only manifest() and stored() may be called.
  void finish();
  [[nodiscard]] const PayloadManifest& manifest() const;
  [[nodiscard]] const Spool& stored() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Stores a manifest and its payload as one object; false when the key is taken.
[[nodiscard]] bool create_sealed(Store& store, const std::string& key, const Json& manifest, const Spool& payload);

// Reads a payload, verified: a block's hash before any of its bytes is decoded, and size and hash of the raw bytes
// before the end is reported. Throws Errc::corrupt with object and offset. Store and manifest must outlive it.
std::unique_ptr<ByteSource> open_payload(const Store& store, const std::string& key, std::uint64_t payload_offset,
                                         const PayloadManifest& manifest);

}  // namespace pitr
