#pragma once

#include "base/digest.hpp"
#include "base/json.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pitr {

// The bytes that follow a manifest in its object. Blocks of kPayloadBlock stored bytes (the last is what is
// left) are hashed one by one, so that no byte is decoded before it is known to be good, and damage is found
// to the block.
inline constexpr std::uint64_t kPayloadBlock = std::uint64_t{1024} * 1024;

struct PayloadManifest {
  std::uint64_t size = 0;                   // bytes raw
  std::uint64_t stored_size = 0;            // bytes as stored
  Digest xxh3;                              // of the raw bytes
  std::vector<std::uint64_t> block_hashes;  // XXH3-64 of each stored block
  std::string codec;                        // "none", "zstd", "lz4", "snappy"
};

bool is_codec_name(std::string_view name);

// Adds the members size, stored_size, xxh3, codec and blocks (the hashes, 16 hex digits each, without
// anything between) to an object, and reads them back.
void put_payload(Json& object, const PayloadManifest& payload);
PayloadManifest payload_from_json(const JsonReader& object);

}  // namespace pitr
