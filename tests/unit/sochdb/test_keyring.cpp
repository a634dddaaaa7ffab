#include "base/digest.hpp"
#include "engine/sochdb/keyring.hpp"
#include "fixture.hpp"
#include "support/caught.hpp"

#include <cctype>
#include <optional>

#include <doctest/doctest.h>

namespace pitr::sochdb {
namespace {

using pitr::test::caught;

constexpr const char* kDataKey = "8c291e787f4a5f6e47283b9cd00b1ed703ad538403faef6616a9d103f519a9d2";

SecretKey operator_key() {
  return SecretKey(from_hex("3c46279036600ca1f8f3311695006d17cba4555b5790e78e9b815cb4c1df26f7"));
}

DataKey opened(const std::string& text) {
  return unlock(parse_keyring(text, "keyring.json"), operator_key(), "keyring.json");
}

std::optional<DataKey> opened_or_refused(const std::string& text) {
  try {
    return opened(text);
  } catch (const Error& error) {
    CHECK((error.code() == Errc::corrupt || error.code() == Errc::usage));
    return std::nullopt;
  }
}

TEST_CASE("a keyring is opened with the operator's key") {
  const DataKey key = opened(test::fixture("enc-1/keyring.json"));
  CHECK(to_hex(key.key.bytes()) == kDataKey);
  CHECK(to_hex(key.database) == "3816894cab30d82f4b87b9893205179e");
  CHECK(key.epoch == 0);
}

TEST_CASE("another key does not open a keyring, and that is no damage") {
  const Keyring keyring = parse_keyring(test::fixture("enc-1/keyring.json"), "k");
  const SecretKey other{Bytes(SecretKey::kSize)};
  CHECK(caught([&] { unlock(keyring, other, "k"); }).code() == Errc::usage);
}

TEST_CASE("whatever byte of a keyring is changed, it is refused, or means the same") {
  const std::string text = test::fixture("enc-1/keyring.json");
  for (std::size_t at = 0; at < text.size(); ++at) {
    for (const unsigned flip : {0x01U, 0x02U, 0x20U, 0x80U}) {
      std::string changed = text;
      changed[at] = static_cast<char>(text[at] ^ static_cast<char>(flip));
      CAPTURE(changed);
      const auto key = opened_or_refused(changed);
      if (!key) continue;
      CHECK(to_hex(key->key.bytes()) == kDataKey);
      CHECK(std::isspace(static_cast<unsigned char>(text[at])) != 0);
    }
  }
}

TEST_CASE("a canary or a MAC that does not hold is damage, since the key is right") {
  const std::string text = test::fixture("enc-1/keyring.json");
  for (const std::string part : {"01886369", "ec7822de"}) {
    std::string changed = text;
    changed.replace(changed.find(part), 8, part.substr(0, 7) + "0");
    CHECK(caught([&] { opened(changed); }).code() == Errc::corrupt);
  }
}

TEST_CASE("what is no keyring of format 1 is corrupt") {
  const std::string text = test::fixture("enc-1/keyring.json");
  const auto changed = [&](const std::string& from, const std::string& to) {
    std::string result = text;
    return result.replace(result.find(from), from.size(), to);
  };
  for (const auto& wrong :
       {std::string(), std::string("{}"), std::string("[]"),
        changed("\"format_version\": 1", "\"format_version\": 2"), changed("true", "false"),
        changed("3816894c", "3816894"), changed("3816894c", "3816894C"),
        changed("\"key_epoch\": 0", "\"key_epoch\": -1"), changed("\"salt\"", "\"pepper\"")}) {
    CAPTURE(wrong);
    CHECK(caught([&] { parse_keyring(wrong, "k"); }).code() == Errc::corrupt);
  }
}

}  // namespace
}  // namespace pitr::sochdb
