#pragma once

#include "base/bytes.hpp"
#include "base/digest.hpp"
#include "base/json.hpp"
#include "repo/spool.hpp"
#include "store/store.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace pitr {

// Sealed objects: a manifest, then its payload. The manifest travels in a skippable frame, which zstd and lz4
// readers pass over:
//
//   offset  bytes  field
//   0       4      0x184D2A50, little-endian (50 2a 4d 18)
//   4       4      n, little-endian: length of what follows up to the payload
//   8       n      sealed JSON (repo/document.hpp), then spaces, as few as it takes for no byte of n to be
//                  0x0a, then a newline
//   8+n            the payload, as PayloadManifest says
//
// A manifest `{"a":1,"sum":"..."}` of 48 bytes begins 50 2a 4d 18 31 00 00 00 7b 22 61 22.
inline constexpr std::uint32_t kSkippableMagic = 0x184D2A50;
inline constexpr std::uint32_t kMaxManifestSize = std::uint32_t{64} * 1024 * 1024;

// Those bytes up to the payload.
Bytes sealed_header(const Json& manifest);

struct SealedHeader {
  Json manifest;  // without the sum
  Digest sum;
  std::uint64_t payload_offset = 0;
};
// Nothing when there is no such object; throws Errc::corrupt when it does not begin with what sealed_header()
// writes. Costs one read when the manifest is small.
std::optional<SealedHeader> read_sealed_header(const Store& store, const std::string& key);

// What create_sealed stored.
struct SealedObject {
  Digest sum;
  std::uint64_t payload_offset = 0;
  std::uint64_t size = 0;
};
// Stores a manifest and its payload as one object; nothing when the key is taken.
[[nodiscard]] std::optional<SealedObject> create_sealed(Store& store, const std::string& key,
                                                        const Json& manifest, const Spool& payload);

}  // namespace pitr
