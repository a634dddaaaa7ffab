#include "repo/repository_document.hpp"

#include "base/error.hpp"
#include "model/fields.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace pitr {

namespace {

constexpr const char* kKind = "repository";

std::string_view notation_name(LsnNotation notation) {
  return notation == LsnNotation::hex_pair ? "hex_pair" : "decimal";
}

LsnNotation read_notation(const JsonReader& reader) {
  for (const auto notation : {LsnNotation::decimal, LsnNotation::hex_pair}) {
    if (reader.string("lsn") == notation_name(notation)) return notation;
  }
  reader.fail("lsn", "is neither decimal nor hex_pair");
}

Codec read_codec(const JsonReader& reader) {
  try {
    return parse_codec(reader.string("compression"));
  } catch (const Error& e) {
    reader.fail("compression", fmt::format("cannot be: {}", e.what()));
  }
}

HashSecret read_secret(const JsonReader& reader) {
  HashSecret secret{};
  const auto bytes = from_hex(reader.string("chunk_secret"));
  if (bytes.size() != secret.size())
    reader.fail("chunk_secret", fmt::format("is not {} bytes", secret.size()));
  std::copy(bytes.begin(), bytes.end(), secret.begin());
  return secret;
}

}  // namespace

std::string parse_repository_id(std::string_view text) {
  constexpr std::size_t kDigits = 32;
  if (text.size() != kDigits || text.find_first_not_of("0123456789abcdef") != std::string_view::npos) {
    throw Error(Errc::usage, fmt::format("'{}' is not the id of a repository", text),
                "an id is 32 hex digits, as pitrctl init and pitrctl list --json show it");
  }
  return std::string(text);
}

Json to_json(const RepositoryDocument& document) {
  auto json = document_head(kKind, document.id);
  json["engine"] = document.engine;
  json["lsn"] = notation_name(document.notation);
  json["created_at"] = format_time(document.created_at);
  json["compression"] = to_text(document.codec);
  json["chunk_secret"] = to_hex(document.chunk_secret);
  json["encrypted"] = false;
  return json;
}

RepositoryDocument repository_document_from_json(const Json& json, const std::string& what) {
  const JsonReader reader(json, what);
  RepositoryDocument document;
  document.id = read_document_head(reader, kKind);
  if (reader.boolean("encrypted")) {
    throw Error(Errc::usage, "this repository is encrypted, which this pitrctl cannot read",
                "use a pitrctl that has keys");
  }
  document.engine = read_engine(reader);
  document.notation = read_notation(reader);
  document.codec = read_codec(reader);
  document.chunk_secret = read_secret(reader);
  document.created_at = reader.time("created_at");
  return document;
}

}  // namespace pitr
