#include "model/payload.hpp"

#include "model/fields.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace pitr {
namespace {

constexpr std::array<std::string_view, 4> kCodecs{"none", "zstd", "lz4", "snappy"};
constexpr std::size_t kHashDigits = 16;

std::vector<std::uint64_t> read_blocks(const JsonReader& object, std::uint64_t stored_size) {
  const std::string text = object.string("blocks");
  const std::uint64_t count = stored_size / kPayloadBlock + (stored_size % kPayloadBlock != 0 ? 1 : 0);
  if (text.size() % kHashDigits != 0 || text.size() / kHashDigits != count) {
    object.fail("blocks", fmt::format("does not hold the {} hashes that stored_size asks for", count));
  }
  std::vector<std::uint64_t> hashes;
  hashes.reserve(count);
  try {
    const Bytes bytes = from_hex(text);
    for (std::size_t at = 0; at < bytes.size(); at += sizeof(std::uint64_t)) {
      hashes.push_back(load_be64(bytes.data() + at));
    }
  } catch (const Error&) {
    object.fail("blocks", "is not lower-case hex");
  }
  return hashes;
}

}  // namespace

bool is_codec_name(std::string_view name) {
  return std::find(kCodecs.begin(), kCodecs.end(), name) != kCodecs.end();
}

void put_payload(Json& object, const PayloadManifest& payload) {
  std::string blocks;
  blocks.reserve(payload.block_hashes.size() * kHashDigits);
  for (const std::uint64_t hash : payload.block_hashes) blocks += fmt::format("{:016x}", hash);
  object["size"] = payload.size;
  object["stored_size"] = payload.stored_size;
  object["xxh3"] = payload.xxh3.hex();
  object["codec"] = payload.codec;
  object["blocks"] = std::move(blocks);
}

PayloadManifest payload_from_json(const JsonReader& object) {
  PayloadManifest payload;
  payload.size = object.u64("size");
  payload.stored_size = object.u64("stored_size");
  payload.xxh3 = read_digest(object, "xxh3");
  payload.codec = object.string("codec");
  if (!is_codec_name(payload.codec))
    object.fail("codec", fmt::format("is {}, which is not known", payload.codec));
  payload.block_hashes = read_blocks(object, payload.stored_size);
  return payload;
}

}  // namespace pitr
