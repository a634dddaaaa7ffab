#include "repo/codec.hpp"
#include "repo/stored_input.hpp"
#include "unit/repo/repo_test.hpp"

#include <utility>
#include <vector>

namespace pitr {

namespace {

using namespace test;

const std::vector<std::size_t> kSizes = {0, 1, 3, 65535, 65536, 65537, 262144, 300000, 3 * 1024 * 1024 + 7};

Bytes encode_streaming(const Codec& codec, ByteView raw, std::size_t piece) {
  Bytes stored;
  MemorySink sink(stored);
  const auto encoder = make_encoder(codec, sink);
  for (std::size_t at = 0; at < raw.size(); at += piece) {
    encoder->write(raw.subspan(at, std::min(piece, raw.size() - at)));
  }
  encoder->finish();
  return stored;
}

Bytes decode_streaming(CodecKind kind, ByteView stored, std::uint64_t offset = 0) {
  MemorySource source(stored);
  const auto decoder = make_decoder(kind, source, "the object", offset);
  return drain(*decoder);
}

// Damaged bytes may decode only to what they were before: an unused bit of a header means nothing.
bool is_noticed_or_harmless(CodecKind kind, ByteView stored, const Bytes& raw) {
  try {
    return decode_streaming(kind, stored) == raw;
  } catch (const Error& e) {
    return e.code() == Errc::corrupt;
  }
}

}  // namespace

TEST_CASE("a codec is read from its text and written back") {
  CHECK(parse_codec("zstd") == Codec{CodecKind::zstd, 1});
  CHECK(parse_codec("zstd:-7") == Codec{CodecKind::zstd, -7});
  CHECK(parse_codec("lz4:12") == Codec{CodecKind::lz4, 12});
  CHECK(parse_codec("none").kind == CodecKind::none);
  for (const auto* text : {"none", "snappy", "zstd:1", "zstd:-7", "zstd:19", "lz4:0", "lz4:12"}) {
    CHECK(to_text(parse_codec(text)) == text);
  }
}

TEST_CASE("a codec that is not one is a usage error") {
  for (const auto* text : {"", "gzip", "zstd:", "zstd:20", "zstd:-8", "zstd:1x", "zstd: 1", "zstd:+1",
                           "lz4:13", "lz4:-1", "none:1", "snappy:", "ZSTD", "zstd:99999999999999999999"}) {
    INFO(text);
    CHECK(caught([&] { parse_codec(text); }).code() == Errc::usage);
  }
}

TEST_CASE("codecs have the names that manifests hold") {
  for (const auto kind : kAllCodecs) CHECK(codec_kind(codec_name(kind)) == kind);
  CHECK(caught([] { codec_kind("zstd:1"); }).code() == Errc::corrupt);
}

TEST_CASE("what is encoded piece by piece comes back, whatever the size and the pieces") {
  Random random(test_seed());
  for (const auto kind : kAllCodecs) {
    for (const auto size : kSizes) {
      const auto raw = coin(random) ? random_bytes(random, size) : random_runs(random, size);
      const auto piece = between(random, 1, 400000);
      CAPTURE(codec_name(kind));
      CAPTURE(size);
      CAPTURE(piece);
      CHECK(decode_streaming(kind, encode_streaming({kind}, raw, piece)) == raw);
    }
  }
}

TEST_CASE("what is encoded in one go comes back") {
  Random random(test_seed());
  for (const auto kind : kAllCodecs) {
    for (const auto size : kSizes) {
      const auto raw = random_runs(random, size);
      const auto stored = encode({kind}, raw);
      CAPTURE(codec_name(kind));
      CAPTURE(size);
      CHECK(decode(kind, stored, size, "the object") == raw);
      CHECK(decode_streaming(kind, stored) == raw);
    }
  }
}

TEST_CASE("every level can be read back") {
  Random random(test_seed());
  const auto raw = random_runs(random, 100000);
  for (int level = -7; level <= 19; ++level) {
    CHECK(decode(CodecKind::zstd, encode({CodecKind::zstd, level}, raw), raw.size(), "the object") == raw);
  }
  for (int level = 0; level <= 12; ++level) {
    CHECK(decode(CodecKind::lz4, encode({CodecKind::lz4, level}, raw), raw.size(), "the object") == raw);
  }
}

TEST_CASE("a small piece must decode to exactly the size asked for") {
  const auto raw = bytes_of("sixteen bytes !!");
  for (const auto kind : kAllCodecs) {
    const auto stored = encode({kind}, raw);
    CAPTURE(codec_name(kind));
    for (const std::size_t size : {0U, 15U, 17U, 1000U}) {
      CHECK(is_corrupt([&] { decode(kind, stored, size, "the object"); }));
    }
  }
}

TEST_CASE("damage to a compressed stream is noticed wherever it is") {
  Random random(test_seed());
  const auto raw = random_runs(random, 300);
  for (const auto kind : {CodecKind::zstd, CodecKind::lz4, CodecKind::snappy}) {
    for (const auto& stored : {encode({kind}, raw), encode_streaming({kind}, raw, 100)}) {
      CAPTURE(codec_name(kind));
      for (std::size_t at = 0; at < stored.size(); ++at) {
        CAPTURE(at);
        for (unsigned by = 1; by < 256; ++by)
          REQUIRE(is_noticed_or_harmless(kind, flipped(stored, at, by), raw));
        REQUIRE(is_noticed_or_harmless(kind, without(stored, at), raw));
        REQUIRE(is_noticed_or_harmless(kind, with(stored, at, at & 0xffU), raw));
      }
    }
  }
}

TEST_CASE("a compressed stream that is cut off is corrupt") {
  Random random(test_seed());
  const auto raw = random_runs(random, 3000);
  for (const auto kind : {CodecKind::zstd, CodecKind::lz4, CodecKind::snappy}) {
    const auto stored = encode({kind}, raw);
    CAPTURE(codec_name(kind));
    for (std::size_t size = 0; size < stored.size(); ++size) {
      CAPTURE(size);
      // A snappy stream may end between chunks: here, after its identifier.
      if (kind == CodecKind::snappy && size == 10) continue;
      REQUIRE(is_corrupt([&] { decode_streaming(kind, cut(stored, size)); }));
      REQUIRE(is_corrupt([&] { decode(kind, cut(stored, size), raw.size(), "the object"); }));
    }
  }
}

TEST_CASE("nothing may follow a compressed stream, not even another") {
  Random random(test_seed());
  const auto raw = random_runs(random, 300);
  for (const auto kind : {CodecKind::zstd, CodecKind::lz4, CodecKind::snappy}) {
    const auto stored = encode({kind}, raw);
    auto twice = stored;
    append(twice, stored);
    CAPTURE(codec_name(kind));
    CHECK(is_corrupt([&] { decode_streaming(kind, twice); }));
    CHECK(is_corrupt([&] { decode(kind, twice, raw.size(), "the object"); }));
    CHECK(is_corrupt([&] { decode(kind, twice, 2 * raw.size(), "the object"); }));
    for (unsigned byte = 0; byte < 256; ++byte) {
      CHECK(is_corrupt([&] { decode_streaming(kind, with(stored, stored.size(), byte)); }));
    }
  }
}

TEST_CASE("skippable frames are no part of a compressed stream") {
  const auto skippable = from_hex("502a4d1803000000616263");
  for (const auto kind : {CodecKind::zstd, CodecKind::lz4}) {
    const auto stored = encode({kind}, bytes_of("abc"));
    auto before = skippable;
    append(before, stored);
    auto after = stored;
    append(after, skippable);
    CHECK(is_corrupt([&] { decode_streaming(kind, before); }));
    CHECK(is_corrupt([&] { decode_streaming(kind, after); }));
    CHECK(is_corrupt([&] { decode(kind, before, 3, "the object"); }));
    CHECK(is_corrupt([&] { decode(kind, after, 3, "the object"); }));
  }
}

TEST_CASE("a zstd frame that asks for a larger window than ours is corrupt") {
  // Frame header without size, window descriptor 0x90: 2^28 bytes; then one raw block of three bytes, the
  // last.
  const auto asks_for = from_hex("28b52ffd0090190000616263");
  CHECK(contains(caught([&] { decode_streaming(CodecKind::zstd, asks_for); }).what(), "at byte 0"));
  const auto allowed = from_hex("28b52ffd0088190000616263");
  CHECK(decode_streaming(CodecKind::zstd, allowed) == bytes_of("abc"));
}

TEST_CASE("snappy chunks that no writer of ours makes are corrupt") {
  const std::string identifier = "ff060000734e61507059";
  for (const auto* chunk : {"80010000aa",                   // skippable
                            "fe010000aa",                   // padding
                            "02010000aa",                   // reserved
                            "ff060000734e61507059",         // the identifier again
                            "01040000aabbccdd",             // no bytes
                            "01050001aabbccdd61",           // too long
                            "00080000aabbccddffffff0f"}) {  // claims 2^25 - 1 raw bytes
    INFO(chunk);
    CHECK(is_corrupt([&] { decode_streaming(CodecKind::snappy, from_hex(identifier + chunk)); }));
  }
}

TEST_CASE("the snappy framing is byte for byte the published one") {
  // CRC-32C of "abc" is 364b3fb7, which masks to 21f1576e.
  CHECK(to_hex(encode({CodecKind::snappy}, bytes_of("abc"))) == "ff060000734e61507059010700006e57f121616263");
}

TEST_CASE("errors name the object and the byte in it") {
  Random random(test_seed());
  const auto raw = random_bytes(random, 500000);
  const auto stored = encode({CodecKind::snappy}, raw);
  // The second chunk of incompressible bytes begins behind the identifier and one chunk.
  const auto problem =
      caught([&] { decode_streaming(CodecKind::snappy, flipped(stored, 10 + 65544 + 20, 1), 1000); });
  CHECK(problem.code() == Errc::corrupt);
  CHECK(contains(problem.what(), "the object: at byte 66554: "));
}

TEST_CASE("the zstd and lz4 programs read what we write") {
  Random random(test_seed());
  const TempDir directory;
  const auto raw = random_runs(random, 700000);
  for (const auto& [kind, program] : {std::pair{CodecKind::zstd, "zstd"}, {CodecKind::lz4, "lz4"}}) {
    const auto once = save(directory, "once", encode({kind}, raw));
    const auto streamed = save(directory, "streamed", encode_streaming({kind}, raw, 12345));
    CHECK(output_of(directory, std::string(program) + " -dc < " + once) == raw);
    CHECK(output_of(directory, std::string(program) + " -dc < " + streamed) == raw);
  }
}

TEST_CASE("we read what the zstd and lz4 programs write") {
  Random random(test_seed());
  const TempDir directory;
  const auto raw = random_runs(random, 700000);
  const auto path = save(directory, "raw", raw);
  CHECK(decode_streaming(CodecKind::zstd, output_of(directory, "zstd -q -c < " + path)) == raw);
  CHECK(decode_streaming(CodecKind::lz4, output_of(directory, "lz4 -q -c < " + path)) == raw);
}

}  // namespace pitr
