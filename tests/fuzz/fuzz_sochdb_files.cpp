// The small files of a SochDB database: any bytes may stand in each.

#include "base/error.hpp"
#include "engine/sochdb/backup_manifest.hpp"
#include "engine/sochdb/keyring.hpp"
#include "engine/sochdb/lock_file.hpp"
#include "engine/sochdb/operator_key.hpp"
#include "engine/sochdb/shared_metadata.hpp"
#include "engine/sochdb/wal_manifest.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace {

using namespace pitr;
using namespace pitr::sochdb;

template <typename Read>
void expect(Errc refusal, Read read) {
  try {
    read();
  } catch (const Error& error) {
    if (error.code() != refusal) __builtin_trap();
  }
}

void open_keyring(std::string_view text) {
  const Keyring keyring = parse_keyring(text, "input");
  // The key is not this one's.
  expect(Errc::usage, [&] { unlock(keyring, SecretKey(Bytes(SecretKey::kSize)), "input"); });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const ByteView view = std::as_bytes(std::span(bytes, size));
  const std::string_view text = as_text(view);
  expect(Errc::corrupt, [&] { parse_wal_manifest(text, "input"); });
  expect(Errc::corrupt, [&] { parse_backup_manifest(text, "input"); });
  expect(Errc::corrupt, [&] { parse_shared_metadata(view, "input"); });
  expect(Errc::corrupt, [&] { open_keyring(text); });
  expect(Errc::usage, [&] { static_cast<void>(parse_operator_key(text)); });
  const auto process = parse_lock_file(text);
  if (process && *process <= 0) __builtin_trap();
  return 0;
}
