#pragma once

#include "engine/sochdb/crypto.hpp"

#include <string_view>

namespace pitr::sochdb {

// The operator's key as SochDB's server takes it: base64 of 32 bytes; a newline may follow. Throws a usage
// error that does not show the text.
SecretKey parse_operator_key(std::string_view text);

}  // namespace pitr::sochdb
