#include "repo/document.hpp"
#include "repo/payload_builder.hpp"
#include "repo/payload_reader.hpp"
#include "repo/sealed.hpp"
#include "unit/repo/repo_test.hpp"

namespace pitr {

namespace {

using namespace test;

// A sealed JSON of exactly this many bytes.
Json json_of_size(std::size_t size) {
  const auto smallest = seal_json({{"a", ""}}).size();
  REQUIRE(size >= smallest);
  return {{"a", std::string(size - smallest, 'x')}};
}

std::uint32_t length_in(const Bytes& header) { return load_le32(header.data() + 4); }

bool has_newline(const Bytes& header) {
  return std::find(header.begin(), header.begin() + 8, std::byte{'\n'}) != header.begin() + 8;
}

bool is_refused(const MemoryStore& store, Bytes bytes) {
  store.objects()["obj"] = std::move(bytes);
  return is_corrupt([&] { read_sealed_header(store, "obj"); });
}

// The header with this line instead of its own.
Bytes header_with(std::string_view line) {
  auto header = cut(sealed_header({{"a", 1}}), 8);
  store_le32(header.data() + 4, static_cast<std::uint32_t>(line.size()));
  append(header, as_bytes(line));
  return header;
}

// An object with a payload in it, as a segment is.
Bytes sample_object(MemoryStore& store, CodecKind kind, const Bytes& raw) {
  PayloadBuilder payload({kind});
  payload.write(raw);
  payload.finish();
  Json manifest = {{"format", 1}, {"kind", "test"}};
  put_payload(manifest, payload.manifest());
  REQUIRE(create_sealed(store, "obj", manifest, payload.stored()));
  return store.objects()["obj"];
}

Bytes read_object(const MemoryStore& store) {
  const auto header = read_sealed_header(store, "obj");
  REQUIRE(header);
  const auto manifest = payload_from_json(JsonReader(header->manifest, "obj"));
  return drain(*open_payload(store, {"obj", header->payload_offset}, manifest));
}

}  // namespace

TEST_CASE("a header is magic, length and a line") {
  const auto header = sealed_header({{"a", 1}});
  CHECK(header.size() == 57);
  CHECK(to_hex(ByteView(header).first(12)) == "502a4d18310000007b226122");
  CHECK(as_text(header).substr(8) == seal_json({{"a", 1}}) + '\n');
}

TEST_CASE("no byte of a header's length is a newline, and no more spaces than that takes are added") {
  // 0x10a, 0xa00 to 0xaff, 0x10a0a and, as the length's third byte, 0xa0000
  for (const std::size_t line :
       {0x109U, 0x10aU, 0x10bU, 0x9ffU, 0xa00U, 0xa80U, 0xaffU, 0xb00U, 0x1090aU, 0xa0000U}) {
    const auto header = sealed_header(json_of_size(line - 1));
    CAPTURE(line);
    CHECK_FALSE(has_newline(header));
    const auto expected = line == 0x10a                    ? 0x10bU
                          : line >= 0xa00 && line <= 0xaff ? 0xb00U
                          : line == 0x1090a                ? 0x1090bU
                          : line == 0xa0000                ? 0xb0000U
                                                           : line;
    CHECK(length_in(header) == expected);
    CHECK(header.size() == expected + 8);
    CHECK(header.back() == std::byte{'\n'});
    MemoryStore store;
    store.objects()["obj"] = header;
    CHECK(read_sealed_header(store, "obj")->payload_offset == expected + 8);
  }
}

TEST_CASE("a header is read back, with its sum") {
  MemoryStore store;
  store.objects()["obj"] = sealed_header({{"a", 1}});
  const auto header = read_sealed_header(store, "obj");
  REQUIRE(header);
  CHECK(header->manifest == Json{{"a", 1}});
  CHECK(header->sum == digest_of(as_bytes(R"({"a":1)")));
  CHECK(header->payload_offset == 57);
}

TEST_CASE("an object that is not there has no header") {
  CHECK_FALSE(read_sealed_header(MemoryStore(), "obj"));
}

TEST_CASE("a small manifest costs one read, and a large one two") {
  MemoryStore store;
  store.objects()["obj"] = sealed_header({{"a", 1}});
  REQUIRE(read_sealed_header(store, "obj"));
  CHECK(store.reads().size() == 1);
  store.objects()["obj"] = sealed_header(json_of_size(200000));
  REQUIRE(read_sealed_header(store, "obj"));
  CHECK(store.reads().size() == 3);
}

TEST_CASE("a header with any byte changed, added or taken away is corrupt") {
  const MemoryStore store;
  // With spaces, and with a payload behind it that a longer header could take in.
  auto bytes = sealed_header(json_of_size(0x109));
  const auto size = bytes.size();
  CHECK(bytes[size - 2] == std::byte{' '});
  append(bytes, bytes_of("payload \n payload"));
  for (std::size_t at = 0; at < size; ++at) {
    CAPTURE(at);
    for (unsigned by = 1; by < 256; ++by) REQUIRE(is_refused(store, flipped(bytes, at, by)));
    REQUIRE(is_refused(store, without(bytes, at)));
    for (const unsigned byte : {0U, 0x20U, 0x0aU, 0x61U}) {
      const bool only_the_payload_is_longer = at == size - 1 && byte == 0x0a;
      if (!only_the_payload_is_longer) REQUIRE(is_refused(store, with(bytes, at, byte)));
    }
    REQUIRE(is_refused(store, cut(bytes, at)));
  }
}

TEST_CASE("padding other than the least is corrupt, even with a length to match") {
  const MemoryStore store;
  const auto json = seal_json({{"a", 1}});
  CHECK_FALSE(is_refused(store, header_with(json + "\n")));
  CHECK(is_refused(store, header_with(json + " \n")));
  CHECK(is_refused(store, header_with(json + "\n\n")));
  CHECK(is_refused(store, header_with(" " + json + "\n")));
  CHECK(is_refused(store, header_with(json + "\t\n")));
  CHECK(is_refused(store, header_with(json)));
  CHECK(is_refused(store, header_with("\n")));
  CHECK(is_refused(store, header_with(" \n")));
  CHECK(is_refused(store, header_with("")));
  const auto padded = seal_json(json_of_size(0x109));
  CHECK_FALSE(is_refused(store, header_with(padded + " \n")));
  CHECK(is_refused(store, header_with(padded + "\n")));
}

TEST_CASE("a header that claims to be larger than any is corrupt before it is read") {
  const MemoryStore store;
  auto bytes = sealed_header({{"a", 1}});
  store_le32(bytes.data() + 4, kMaxManifestSize + 1);
  store.objects()["obj"] = bytes;
  CHECK(contains(caught([&] { read_sealed_header(store, "obj"); }).what(), "obj: claims"));
  CHECK(store.reads().size() == 1);
}

TEST_CASE("an object tells what was stored") {
  MemoryStore store;
  Spool payload;
  payload.write(bytes_of("payload"));
  const auto object = create_sealed(store, "obj", {{"a", 1}}, payload);
  REQUIRE(object);
  const auto header = read_sealed_header(store, "obj");
  CHECK(object->sum == header->sum);
  CHECK(object->payload_offset == header->payload_offset);
  CHECK(object->size == store.objects()["obj"].size());
  CHECK(as_text(store.objects()["obj"]).substr(object->payload_offset) == "payload");
}

TEST_CASE("an object is never replaced") {
  MemoryStore store;
  const Spool payload;
  REQUIRE(create_sealed(store, "obj", {{"a", 1}}, payload));
  CHECK_FALSE(create_sealed(store, "obj", {{"a", 2}}, payload));
  CHECK(read_sealed_header(store, "obj")->manifest == Json{{"a", 1}});
}

TEST_CASE("an object with any byte changed, added or taken away is corrupt, whatever the codec") {
  Random random(test_seed());
  const auto raw = random_runs(random, 200);
  for (const auto kind : kAllCodecs) {
    MemoryStore store;
    const auto bytes = sample_object(store, kind, raw);
    CAPTURE(codec_name(kind));
    REQUIRE(read_object(store) == raw);
    const auto is_bad = [&](Bytes changed) {
      store.objects()["obj"] = std::move(changed);
      store.reads().clear();
      return is_corrupt([&] { read_object(store); });
    };
    for (std::size_t at = 0; at < bytes.size(); ++at) {
      CAPTURE(at);
      for (unsigned by = 1; by < 256; by <<= 1U) REQUIRE(is_bad(flipped(bytes, at, by)));
      REQUIRE(is_bad(flipped(bytes, at, 0xff)));
      REQUIRE(is_bad(without(bytes, at)));
      for (const unsigned byte : {0U, 0x0aU, 0x20U, 0xffU}) REQUIRE(is_bad(with(bytes, at, byte)));
      REQUIRE(is_bad(cut(bytes, at)));
    }
    for (unsigned byte = 0; byte < 256; ++byte) REQUIRE(is_bad(with(bytes, bytes.size(), byte)));
  }
}

TEST_CASE("an object can be read without us") {
  Random random(test_seed());
  const TempDir directory;
  const auto raw = random_runs(random, 3000000);
  for (const auto kind : kAllCodecs) {
    MemoryStore store;
    const auto bytes = sample_object(store, kind, raw);
    const auto path = save(directory, "object", bytes);
    CAPTURE(codec_name(kind));
    const auto first_line = output_of(directory, "head -n 1 < " + path);
    const auto header = read_sealed_header(store, "obj");
    CHECK(as_text(first_line).substr(8) == as_text(sealed_header(header->manifest)).substr(8));
    if (kind == CodecKind::zstd) CHECK(output_of(directory, "zstd -dc < " + path) == raw);
    if (kind == CodecKind::lz4) CHECK(output_of(directory, "lz4 -dc < " + path) == raw);
    if (kind == CodecKind::none) CHECK(output_of(directory, "sed 1d < " + path) == raw);
  }
}

}  // namespace pitr
