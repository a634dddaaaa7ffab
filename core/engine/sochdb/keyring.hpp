#pragma once

#include "engine/sochdb/crypto.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace pitr::sochdb {

// The file keyring.json of an encrypted database: the key of its log, wrapped with the operator's.
struct Keyring {
  std::string database;  // this and those below as they stand in the file, which its MAC covers; bytes in hex
  std::string key_source;
  std::uint32_t epoch = 0;
  std::string salt;
  std::string wrapped_key;
  std::string canary;
  Bytes mac;
};

// What a database's log is sealed with.
struct DataKey {
  SecretKey key;
  std::array<std::byte, 16> database{};
  std::uint32_t epoch = 0;
};

// Throws Errc::corrupt, naming `what` and the member, on anything but a whole keyring of format 1.
Keyring parse_keyring(std::string_view text, const std::string& what);

// Throws a usage error when it is not the operator's key, or the wrapped one is damaged, and Errc::corrupt
// when it is and the rest of the keyring does not hold.
DataKey unlock(const Keyring& keyring, const SecretKey& operator_key, const std::string& what);

}  // namespace pitr::sochdb
