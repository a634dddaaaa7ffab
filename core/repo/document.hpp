#pragma once

#include "base/digest.hpp"
#include "base/json.hpp"
#include "store/store.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pitr {

// The exact text of a manifest or document: one line of JSON, without a newline, whose last member, "sum", is
// the XXH3-128 of every byte before `,"sum":`. The object has at least one member and none named "sum".
std::string seal_json(const Json& object);
// The sum that such a text ends in.
Digest sum_of(std::string_view sealed);

struct SealedJson {
  Json object;  // without the sum
  Digest sum;
};
// Throws Errc::corrupt, naming `what`. The sum is checked before anything is parsed, so only bytes that
// seal_json wrote get that far.
SealedJson open_sealed_json(std::string_view text, const std::string& what);

// A document: its sealed JSON and a newline, as one object of at most kMaxDocumentSize bytes. create_document
// returns false when the key is taken; read_document nothing when there is no such object.
inline constexpr std::uint64_t kMaxDocumentSize = std::uint64_t{1024} * 1024;

[[nodiscard]] bool create_document(Store& store, const std::string& key, const Json& object);
std::optional<Json> read_document(const Store& store, const std::string& key);

}  // namespace pitr
