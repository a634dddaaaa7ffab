#include "engine/sochdb/operator_key.hpp"

#include "base/error.hpp"

#include <cstring>
#include <string>

#include <gpg-error.h>

namespace pitr::sochdb {

namespace {

// 32 bytes are 43 digits and one '=' for what is missing.
constexpr std::size_t kDigits = 43;
constexpr const char* kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

}  // namespace

SecretKey parse_operator_key(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  std::string digits(text);
  std::size_t size = 0;
  if (text.size() == kDigits + 1 && text.find_first_not_of(kAlphabet) == kDigits && text.back() == '=') {
    gpgrt_b64state_t const state = gpgrt_b64dec_start(nullptr);
    if (state != nullptr) {
      gpgrt_b64dec_proc(state, digits.data(), digits.size(), &size);
      gpgrt_b64dec_finish(state);
    }
  }
  if (size != SecretKey::kSize) {
    throw Error(Errc::usage, "the key is not base64 of 32 bytes",
                "give it as SochDB's server takes it in SOCHDB_ENCRYPTION_KEY");
  }
  SecretKey key(as_bytes(digits).first(size));
  explicit_bzero(digits.data(), digits.size());
  return key;
}

}  // namespace pitr::sochdb
