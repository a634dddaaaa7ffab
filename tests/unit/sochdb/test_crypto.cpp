#include "base/digest.hpp"
#include "engine/sochdb/crypto.hpp"

#include <doctest/doctest.h>

namespace pitr::sochdb {
namespace {

// RFC 8452, C.2: a test vector with additional data of one byte, as an envelope.
constexpr const char* kRfcKey = "0100000000000000000000000000000000000000000000000000000000000000";
constexpr const char* kRfcEnvelope =
    "01"
    "030000000000000000000000"
    "1de22967237a813291213f267e3b452f02d01ae33e4ec854";

TEST_CASE("an envelope is opened with its key, and with the data it was sealed with") {
  EnvelopeOpener opener(SecretKey(from_hex(kRfcKey)));
  const Bytes envelope = from_hex(kRfcEnvelope);
  const auto plain = opener.open(envelope, from_hex("01"));
  REQUIRE(plain);
  CHECK(to_hex(*plain) == "0200000000000000");
  CHECK_FALSE(opener.open(envelope, from_hex("02")));
  CHECK_FALSE(opener.open(envelope, {}));
  for (std::size_t i = 0; i < envelope.size(); ++i) {
    Bytes changed = envelope;
    changed[i] ^= std::byte{1};
    CHECK_FALSE(opener.open(changed, from_hex("01")));
  }
  CHECK_FALSE(opener.open(ByteView(envelope).first(28), from_hex("01")));
  CHECK(opener.open(envelope, from_hex("01")));
}

TEST_CASE("a hash of pieces is that of the whole") {
  Sha256 sum;
  sum.update(as_bytes("a"));
  sum.update(as_bytes("bc"));
  CHECK(to_hex(sum.digest()) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_CASE("keys are derived as SochDB derives them") {
  const SecretKey operator_key(from_hex("3c46279036600ca1f8f3311695006d17cba4555b5790e78e9b815cb4c1df26f7"));
  const Bytes salt = from_hex("054afc2e34446e03e443304adf812379");
  CHECK(to_hex(derive_key(salt, operator_key, "sochdb/keyring/wrap/v1").bytes()) ==
        "483ceccfaa42114c6dd3486a224adf0a6ce1be56068878a04ba96eee9784e014");
  CHECK(to_hex(derive_key(salt, operator_key, "sochdb/keyring/mac/v1").bytes()) ==
        "c7f1551dcd313291d44a71159e5d24fbe5ad3d220878c456546433a8a8e519b5");
}

}  // namespace
}  // namespace pitr::sochdb
