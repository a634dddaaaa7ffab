#include "engine/sochdb/keyring.hpp"

#include "base/digest.hpp"
#include "base/error.hpp"
#include "base/json.hpp"
#include "engine/sochdb/little_endian.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace pitr::sochdb {

namespace {

constexpr std::uint32_t kFormat = 1;
constexpr std::size_t kUuidSize = 16;
constexpr std::size_t kSaltSize = 16;
constexpr std::size_t kMacSize = 32;
constexpr std::string_view kCanary = "sochdb-keyring-canary-v1";

// The text of a member that is hex of so many bytes.
std::string hex_member(const JsonReader& json, const char* key, std::size_t size) {
  std::string text = json.string(key);
  if (text.size() != 2 * size || text.find_first_not_of("0123456789abcdef") != std::string::npos)
    json.fail(key, fmt::format("is not {} bytes in lower-case hex", size));
  return text;
}

// Numbers and texts, each behind its length.
Sha256Digest mac_of(const Keyring& keyring, const SecretKey& key) {
  Bytes covered;
  const auto add = [&](ByteView field) {
    append_le32(covered, static_cast<std::uint32_t>(field.size()));
    append(covered, field);
  };
  const auto add_number = [&](std::uint32_t value) {
    Bytes bytes;
    append_le32(bytes, value);
    add(bytes);
  };
  constexpr std::byte kEncrypted{1};
  add_number(kFormat);
  add({&kEncrypted, 1});
  add(as_bytes(keyring.database));
  add(as_bytes(keyring.key_source));
  add_number(keyring.epoch);
  add(as_bytes(keyring.salt));
  add(as_bytes(keyring.wrapped_key));
  add(as_bytes(keyring.canary));
  Sha256 sum(key.bytes());
  sum.update(covered);
  return sum.digest();
}

Bytes place_of(const Keyring& keyring) {
  Bytes additional = from_hex(keyring.database);
  append_le32(additional, keyring.epoch);
  return additional;
}

SecretKey unwrap(const Keyring& keyring, const SecretKey& operator_key, const std::string& what) {
  const SecretKey wrapping = derive_key(from_hex(keyring.salt), operator_key, "sochdb/keyring/wrap/v1");
  Bytes additional = place_of(keyring);
  append(additional, as_bytes(keyring.key_source));
  EnvelopeOpener opener(wrapping);
  const auto key = opener.open(from_hex(keyring.wrapped_key), additional);
  if (!key) {
    throw Error(Errc::usage,
                fmt::format("{} does not open with the key that was given: it is another database's, or the "
                            "file is damaged",
                            what),
                "give the key that SochDB's server has in SOCHDB_ENCRYPTION_KEY");
  }
  return SecretKey(*key);
}

}  // namespace

Keyring parse_keyring(std::string_view text, const std::string& what) {
  const Json json = parse_json(text, what);
  const JsonReader reader(json, what);
  const std::uint32_t format = reader.u32("format_version");
  if (format != kFormat) {
    throw Error(Errc::corrupt,
                fmt::format("{} is of format {}, and this program reads format {}", what, format, kFormat));
  }
  if (!reader.boolean("encrypted")) reader.fail("encrypted", "is false");
  return {hex_member(reader, "db_uuid", kUuidSize),
          reader.string("kek_source_id"),
          reader.u32("key_epoch"),
          hex_member(reader, "salt", kSaltSize),
          hex_member(reader, "wrapped_dek", kEnvelopeOverhead + SecretKey::kSize),
          hex_member(reader, "canary", kEnvelopeOverhead + kCanary.size()),
          from_hex(hex_member(reader, "mac", kMacSize))};
}

DataKey unlock(const Keyring& keyring, const SecretKey& operator_key, const std::string& what) {
  DataKey key{unwrap(keyring, operator_key, what), {}, keyring.epoch};
  const Bytes database = from_hex(keyring.database);
  std::copy(database.begin(), database.end(), key.database.begin());

  const SecretKey mac_key = derive_key(from_hex(keyring.salt), operator_key, "sochdb/keyring/mac/v1");
  const Sha256Digest mac = mac_of(keyring, mac_key);
  EnvelopeOpener opener(key.key);
  const auto canary = opener.open(from_hex(keyring.canary), place_of(keyring));
  if (!std::equal(mac.begin(), mac.end(), keyring.mac.begin(), keyring.mac.end()) || !canary ||
      as_text(*canary) != kCanary)
    throw Error(Errc::corrupt, fmt::format("{} was changed: its checks do not hold", what));
  return key;
}

}  // namespace pitr::sochdb
