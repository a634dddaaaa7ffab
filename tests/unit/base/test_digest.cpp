#include "base/digest.hpp"
#include "support/caught.hpp"
#include "support/seed.hpp"

#include <algorithm>

using namespace pitr;
using namespace pitr::test;

namespace {

HashSecret secret_of(unsigned char fill) {
  HashSecret secret{};
  for (std::size_t i = 0; i < secret.size(); ++i) secret[i] = static_cast<std::byte>(fill + i * 7);
  return secret;
}

}  // namespace

TEST_CASE("a digest of nothing is the known one, and reads high half first") {
  const Digest digest = digest_of({});
  CHECK(digest.hex() == "99aa06d3014798d86001c324468d497f");
  CHECK(digest.high == 0x99aa06d3014798d8);
  CHECK(digest.low == 0x6001c324468d497f);
}

TEST_CASE("a digest goes to hex and back") {
  const Digest digest = digest_of(as_bytes("some bytes"));
  CHECK(Digest::from_hex(digest.hex()) == digest);
  CHECK(Digest{0, 1}.hex() == "00000000000000000000000000000001");
}

TEST_CASE("only 32 lower-case hex digits are a digest") {
  for (const char* text : {"", "99", "99AA06D3014798D86001C324468D497F", "99aa06d3014798d86001c324468d497g",
                           "99aa06d3014798d86001c324468d497", "99aa06d3014798d86001c324468d497f0",
                           " 9aa06d3014798d86001c324468d497f", "-9aa06d3014798d86001c324468d497f"}) {
    CAPTURE(text);
    CHECK(caught([&] { (void)Digest::from_hex(text); }).code() == Errc::corrupt);
  }
}

TEST_CASE("a stream has the digest of the whole, however it is cut") {
  Random random(test_seed());
  Bytes bytes(between(random, 1, 100'000));
  std::generate(bytes.begin(), bytes.end(), [&] { return static_cast<std::byte>(random()); });
  DigestStream stream;
  for (ByteView rest = bytes; !rest.empty();) {
    const std::size_t piece = between(random, 0, rest.size());
    stream.update(rest.first(piece));
    rest = rest.subspan(piece);
  }
  CHECK(stream.digest() == digest_of(bytes));
  DigestStream moved = std::move(stream);
  moved.update(as_bytes("more"));
  append(bytes, as_bytes("more"));
  CHECK(moved.digest() == digest_of(bytes));
}

TEST_CASE("keyed hashes depend on the secret, for every size of input") {
  for (const std::size_t size : {std::size_t{1}, std::size_t{16}, std::size_t{200}, std::size_t{262'144}}) {
    CAPTURE(size);
    const Bytes bytes(size, std::byte{0x5A});
    const auto keyed = keyed_digest_of(bytes, secret_of(1));
    CHECK(keyed == keyed_digest_of(bytes, secret_of(1)));
    CHECK_FALSE(keyed == keyed_digest_of(bytes, secret_of(2)));
    CHECK_FALSE(keyed == digest_of(bytes));
    CHECK(keyed_hash64_of(bytes, secret_of(1)) != keyed_hash64_of(bytes, secret_of(2)));
  }
}

TEST_CASE("hex of bytes goes both ways, and refuses what it does not write") {
  const Bytes bytes{std::byte{0x00}, std::byte{0xAB}, std::byte{0xFF}};
  CHECK(to_hex(bytes) == "00abff");
  CHECK(from_hex("00abff") == bytes);
  CHECK(from_hex("").empty());
  for (const char* text : {"0", "0A", "0g", "0x", "  "}) {
    CAPTURE(text);
    CHECK(caught([&] { (void)from_hex(text); }).code() == Errc::corrupt);
  }
}
