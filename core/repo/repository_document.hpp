#pragma once

#include "base/digest.hpp"
#include "base/json.hpp"
#include "base/time.hpp"
#include "model/ids.hpp"
#include "repo/codec.hpp"

#include <string>
#include <string_view>

namespace pitr {

// pitr.json: what the repository is.
struct RepositoryDocument {
  std::string id;  // 32 hex digits
  std::string engine;
  LsnNotation notation = LsnNotation::decimal;
  Codec codec;  // for what is written from now on; every payload says its own
  HashSecret chunk_secret{};
  Timestamp created_at;
};

// Throws a usage error on anything but an id: 32 lower-case hex digits.
std::string parse_repository_id(std::string_view text);

Json to_json(const RepositoryDocument& document);
// Checks every field; throws Errc::corrupt naming `what`, and a usage error for an encrypted repository.
RepositoryDocument repository_document_from_json(const Json& json, const std::string& what);

}  // namespace pitr
