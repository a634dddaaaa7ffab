#include "model/payload.hpp"
#include "support/caught.hpp"
#include "support/json_damage.hpp"
#include "support/manifests.hpp"

using namespace pitr;
using namespace pitr::test;

namespace {

Json json_of(const PayloadManifest& payload) {
  Json json = Json::object();
  put_payload(json, payload);
  return json;
}

PayloadManifest payload_of(const Json& json) { return payload_from_json(JsonReader(json, "here")); }

}  // namespace

TEST_CASE("a payload's members are stored in their order and read back") {
  Random random(test_seed());
  for (int i = 0; i < 200; ++i) {
    const PayloadManifest payload = random_payload(random);
    const Json json = json_of(payload);
    const PayloadManifest back = payload_of(parse_json(json.dump(), "here"));
    CHECK(back.size == payload.size);
    CHECK(back.stored_size == payload.stored_size);
    CHECK(back.xxh3 == payload.xxh3);
    CHECK(back.codec == payload.codec);
    CHECK(back.block_hashes == payload.block_hashes);
  }
}

TEST_CASE("a payload reads like this") {
  PayloadManifest payload{10, kPayloadBlock + 1, {1, 2}, {0xAB, 0xFFFFFFFFFFFFFFFF}, "zstd"};
  CHECK(json_of(payload).dump() ==
        R"({"size":10,"stored_size":1048577,"xxh3":"00000000000000010000000000000002","codec":"zstd",)"
        R"("blocks":"00000000000000abffffffffffffffff"})");
}

TEST_CASE("the number of hashes goes with the size") {
  for (const std::uint64_t stored :
       {std::uint64_t{0}, kPayloadBlock, 2 * kPayloadBlock + 1, ~std::uint64_t{0}}) {
    CAPTURE(stored);
    const PayloadManifest payload{10, stored, {}, {1, 2}, "none"};
    CHECK(caught([&] { (void)payload_of(json_of(payload)); }).code() == Errc::corrupt);
  }
  Json json = json_of({10, 2 * kPayloadBlock, {}, {1, 2}, "none"});
  CHECK_NOTHROW((void)payload_of(json));
  for (const char* blocks : {"000000000000000100000000000000", "0000000000000001000000000000000G",
                             "000000000000000A0000000000000001", "00000000000000010000000000000002 "}) {
    json["blocks"] = blocks;
    CHECK(caught([&] { (void)payload_of(json); }).code() == Errc::corrupt);
  }
}

TEST_CASE("a damaged payload is corrupt, whatever the damage") {
  Random random(test_seed());
  PayloadManifest payload = random_payload(random);
  check_damage(json_of(payload), {}, {}, [](const Json& json) { (void)payload_of(json); });
}

TEST_CASE("a codec that is not known is corrupt") {
  CHECK(is_codec_name("lz4"));
  CHECK_FALSE(is_codec_name("gzip"));
  CHECK(caught([] { (void)payload_of(json_of({0, 0, {}, {}, "gzip"})); }).code() == Errc::corrupt);
}
