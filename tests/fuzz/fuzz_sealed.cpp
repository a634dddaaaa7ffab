// Sealed objects. The first byte's lowest bit says whether the rest is the object, or the body of a manifest
// and, after a newline, a payload, to which the header's other bytes are supplied so that more than the sum
// is tried.

#include "../support/memory_store.hpp"
#include "base/error.hpp"
#include "model/payload.hpp"
#include "repo/document.hpp"
#include "repo/payload_reader.hpp"
#include "repo/sealed.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace pitr;

constexpr const char* kKey = "object";

// A small payload may decode to very much.
constexpr std::size_t kEnough = std::size_t{16} << 20U;

Bytes assemble(std::string_view text) {
  const auto end = text.find('\n');
  const auto body = text.substr(0, end);
  auto line = std::string(body) + ",\"sum\":\"" + digest_of(as_bytes(body)).hex() + "\"}\n";
  Bytes object(8);
  store_le32(object.data(), kSkippableMagic);
  store_le32(object.data() + 4, static_cast<std::uint32_t>(line.size()));
  append(object, as_bytes(line));
  if (end != std::string_view::npos) append(object, as_bytes(text.substr(end + 1)));
  return object;
}

void read_object(const Store& store, std::uint64_t object_size) {
  const auto header = read_sealed_header(store, kKey);
  if (header->payload_offset > object_size) __builtin_trap();
  const auto manifest = payload_from_json(JsonReader(header->manifest, kKey));
  const auto source = open_payload(store, {kKey, header->payload_offset}, manifest);
  std::vector<std::byte> buffer(100003);
  DigestStream digest;
  std::uint64_t size = 0;
  for (std::size_t got = 1; got > 0; size += got) {
    got = source->read(buffer);
    digest.update(ByteView(buffer).first(got));
    if (size > kEnough) return;
  }
  if (size != manifest.size || digest.digest() != manifest.xxh3) __builtin_trap();
  if (header->payload_offset + manifest.stored_size != object_size) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(bytes) + 1, size - 1);
  const test::MemoryStore store;
  auto& object = store.objects()[kKey];
  if ((bytes[0] & 1U) != 0) {
    object = assemble(text);
  } else {
    object.assign(as_bytes(text).begin(), as_bytes(text).end());
  }
  try {
    read_object(store, object.size());
  } catch (const Error& error) {
    if (error.code() != Errc::corrupt) __builtin_trap();
  }
  return 0;
}
