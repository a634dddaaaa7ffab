#pragma once

#include "base/digest.hpp"
#include "base/json.hpp"
#include "store/store.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pitr {

// The exact text of a manifest or document: one line of JSON whose last member, "sum", is the XXH3-128 of every byte
// before `,"sum":`, without a newline. Readers accept these bytes and no others.
std::string seal_json(Json object);

struct SealedJson {
  Json object;  // without the sum
  Digest sum;
};
// Throws Errc::corrupt, naming `what`.
SealedJson open_sealed_json(std::string_view text, const std::string& what);

// A document: its sealed JSON and a newline, as one object. create_document returns false when the key is taken;
// read_document nothing when there is no such object.
[[nodiscard]] bool create_document(Store& store, const std::string& key, const Json& object);
std::optional<Json> read_document(const Store& store, const std::string& key);

// Throws Errc::corrupt unless the object says this kind and a format we know ("format" 1).
void check_kind(const Json& object, std::string_view kind, const std::string& what);

}  // namespace pitr
