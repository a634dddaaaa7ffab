#include "repo/payload_builder.hpp"
#include "repo/payload_reader.hpp"
#include "unit/repo/repo_test.hpp"

#include <limits>

namespace pitr {

namespace {

using namespace test;

constexpr std::uint64_t kOffset = 100;

// A payload of raw bytes, behind kOffset bytes of something else in the object "obj".
PayloadManifest put(MemoryStore& store, CodecKind kind, const Bytes& raw) {
  PayloadBuilder payload({kind});
  for (std::size_t at = 0; at < raw.size(); at += 77777) {
    payload.write(ByteView(raw).subspan(at, std::min<std::size_t>(77777, raw.size() - at)));
  }
  payload.finish();
  auto& object = store.objects()["obj"];
  object = Bytes(kOffset, std::byte{'-'});
  append(object, drain(*payload.stored().source()));
  return payload.manifest();
}

Bytes get(const MemoryStore& store, const PayloadManifest& manifest) {
  return drain(*open_payload(store, {"obj", kOffset}, manifest));
}

// How many bytes come out before the error, and the error.
std::pair<std::uint64_t, std::string> read_until_error(ByteSource& source) {
  std::uint64_t count = 0;
  std::array<std::byte, 1000> buffer{};
  try {
    for (std::size_t got = 1; got > 0; count += got) got = source.read(buffer);
  } catch (const Error& e) {
    CHECK(e.code() == Errc::corrupt);
    return {count, e.what()};
  }
  return {count, ""};
}

}  // namespace

TEST_CASE("a payload comes back, and its manifest describes it") {
  Random random(test_seed());
  for (const auto kind : kAllCodecs) {
    for (const std::size_t size :
         {0UL, 1UL, kPayloadBlock - 1, kPayloadBlock, kPayloadBlock + 1, 3 * kPayloadBlock}) {
      MemoryStore store;
      const auto raw = random_bytes(random, size);
      const auto manifest = put(store, kind, raw);
      CAPTURE(codec_name(kind));
      CAPTURE(size);
      CHECK(manifest.size == size);
      CHECK(manifest.xxh3 == digest_of(raw));
      CHECK(manifest.codec == codec_name(kind));
      CHECK(manifest.stored_size == store.objects()["obj"].size() - kOffset);
      CHECK(manifest.block_hashes.size() == (manifest.stored_size + kPayloadBlock - 1) / kPayloadBlock);
      CHECK(get(store, manifest) == raw);
    }
  }
}

TEST_CASE("every block of a payload has its own hash") {
  Random random(test_seed());
  MemoryStore store;
  const auto raw = random_bytes(random, 2 * kPayloadBlock + 5);
  const auto manifest = put(store, CodecKind::none, raw);
  REQUIRE(manifest.block_hashes.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    const auto from = i * kPayloadBlock;
    CHECK(manifest.block_hashes[i] ==
          hash64_of(ByteView(raw).subspan(from, std::min<std::size_t>(kPayloadBlock, raw.size() - from))));
  }
}

TEST_CASE("no byte of a bad block is decoded, and the error names the block's place in the object") {
  Random random(test_seed());
  for (const auto kind : kAllCodecs) {
    MemoryStore store;
    const auto raw = random_bytes(random, 3 * kPayloadBlock);
    const auto manifest = put(store, kind, raw);
    auto& object = store.objects()["obj"];
    object = flipped(object, kOffset + kPayloadBlock + 12345, 1);
    const auto [count, problem] = read_until_error(*open_payload(store, {"obj", kOffset}, manifest));
    CAPTURE(codec_name(kind));
    CHECK(count <= kPayloadBlock);
    CHECK(contains(problem, "obj: bytes [1048676, 2097252) "));
    CHECK(count ==
          std::mismatch(raw.begin(), raw.begin() + static_cast<std::ptrdiff_t>(count), raw.begin()).first -
              raw.begin());
  }
}

TEST_CASE("a payload that ends early names the bytes that are missing") {
  Random random(test_seed());
  MemoryStore store;
  const auto manifest = put(store, CodecKind::none, random_bytes(random, kPayloadBlock + 1000));
  store.objects()["obj"].resize(kOffset + kPayloadBlock + 10);
  const auto problem = read_until_error(*open_payload(store, {"obj", kOffset}, manifest)).second;
  CHECK(contains(problem, "obj: bytes [1048676, 1049676) "));
  CHECK(contains(problem, "ends at byte 1048686"));
}

TEST_CASE("an object that goes on after its payload is corrupt, also when the payload is empty") {
  for (const auto kind : kAllCodecs) {
    for (const std::size_t size : {0UL, 1UL, kPayloadBlock}) {
      MemoryStore store;
      const auto manifest = put(store, kind, Bytes(size));
      store.objects()["obj"].push_back(std::byte{0});
      CAPTURE(codec_name(kind));
      CAPTURE(size);
      CHECK(is_corrupt([&] { get(store, manifest); }));
    }
  }
}

TEST_CASE("an object that is gone is corrupt") {
  MemoryStore store;
  const auto manifest = put(store, CodecKind::none, Bytes(10));
  store.objects().clear();
  CHECK(contains(caught([&] { get(store, manifest); }).what(), "obj: is gone"));
}

TEST_CASE("raw bytes of another size or hash than the manifest says are corrupt before the end is reported") {
  for (const auto kind : kAllCodecs) {
    MemoryStore store;
    const auto right = put(store, kind, Bytes(1000, std::byte{1}));
    CAPTURE(codec_name(kind));
    for (const std::uint64_t size : {999UL, 1001UL, 0UL, std::numeric_limits<std::uint64_t>::max()}) {
      auto wrong = right;
      wrong.size = size;
      CHECK(is_corrupt([&] { get(store, wrong); }));
    }
    auto wrong = right;
    wrong.xxh3.low ^= 1U;
    CHECK(is_corrupt([&] { get(store, wrong); }));
  }
}

TEST_CASE("a payload larger than the manifest says is not read on") {
  MemoryStore store;
  auto manifest = put(store, CodecKind::zstd, Bytes(50 * kPayloadBlock));
  manifest.size = 5000;
  const auto count = read_until_error(*open_payload(store, {"obj", kOffset}, manifest)).first;
  CHECK(count <= 5000);
}

TEST_CASE("a manifest whose sizes and hashes do not go together is corrupt") {
  MemoryStore store;
  const auto right = put(store, CodecKind::none, Bytes(1000));
  for (const std::uint64_t size :
       {0UL, kPayloadBlock + 1, 1UL << 60U, std::numeric_limits<std::uint64_t>::max()}) {
    auto wrong = right;
    wrong.stored_size = size;
    CHECK(is_corrupt([&] { get(store, wrong); }));
  }
  auto wrong = right;
  wrong.codec = "gzip";
  CHECK(is_corrupt([&] { get(store, wrong); }));
}

TEST_CASE("stored bytes can be read, verified, without decoding them") {
  Random random(test_seed());
  MemoryStore store;
  const auto manifest = put(store, CodecKind::zstd, random_bytes(random, 2 * kPayloadBlock));
  const auto stored = drain(*open_stored(store, {"obj", kOffset}, manifest));
  CHECK(stored == Bytes(store.objects()["obj"].begin() + kOffset, store.objects()["obj"].end()));
  auto& object = store.objects()["obj"];
  object = flipped(object, object.size() - 1, 0x80);
  CHECK(is_corrupt([&] { drain(*open_stored(store, {"obj", kOffset}, manifest)); }));
}

TEST_CASE("a source is read whole up to a limit") {
  MemoryStore store;
  const auto manifest = put(store, CodecKind::zstd, Bytes(1000000));
  CHECK(read_all(*open_payload(store, {"obj", kOffset}, manifest), 1000000, "obj") == Bytes(1000000));
  CHECK(is_corrupt([&] { read_all(*open_payload(store, {"obj", kOffset}, manifest), 999999, "obj"); }));
}

}  // namespace pitr
