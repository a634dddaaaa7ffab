// Compressed streams. The first byte names the codec, the rest is the stream.

#include "base/error.hpp"
#include "input_source.hpp"
#include "repo/codec.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace {

using namespace pitr;

// A small input may decode to very much.
constexpr std::size_t kEnough = std::size_t{16} << 20U;

void decode_stream(CodecKind kind, ByteView stored) {
  fuzz::InputSource source(stored);
  const auto decoder = make_decoder(kind, source, "the input");
  std::vector<std::byte> buffer(100003);
  std::size_t size = 0;
  for (std::size_t got = 1; got > 0 && size < kEnough; size += got) got = decoder->read(buffer);
}

template <typename F>
void only_corrupt(F f) {
  try {
    f();
  } catch (const Error& error) {
    if (error.code() != Errc::corrupt) __builtin_trap();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  constexpr std::array kKinds = {CodecKind::none, CodecKind::zstd, CodecKind::lz4, CodecKind::snappy};
  if (size == 0) return 0;
  const auto kind = kKinds[bytes[0] % kKinds.size()];
  const auto input = std::as_bytes(std::span(bytes + 1, size - 1));
  only_corrupt([&] { decode_stream(kind, input); });
  only_corrupt([&] { decode(kind, input, 1000, "the input"); });
  const auto stored = encode({kind}, input);
  const auto raw = decode(kind, stored, input.size(), "the copy");
  if (raw != Bytes(input.begin(), input.end())) __builtin_trap();
  return 0;
}
