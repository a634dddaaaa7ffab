#pragma once

#include "base/digest.hpp"
#include "base/json.hpp"
#include "model/ids.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace pitr {

// Members that the documents of a repository have in common, written and checked the same way in all of them.
// Readers throw Errc::corrupt; every member must be there, null where it may be.

// An object with the members every document begins with: format, kind, repository.
Json document_head(std::string_view kind, const std::string& repository);
// Throws unless the object is of this kind and of a format we know; returns the repository.
std::string read_document_head(const JsonReader& object, std::string_view kind);

Json json_lsn(Lsn lsn, LsnNotation notation);
Json json_xid_or_null(const std::optional<Xid>& xid);

// Only the text that json_lsn() writes.
Lsn read_lsn(const JsonReader& object, const char* key, LsnNotation notation);
TimelineId read_timeline(const JsonReader& object, const char* key);
std::optional<Xid> read_xid_or_null(const JsonReader& object, const char* key);
std::optional<Timestamp> read_time_or_null(const JsonReader& object, const char* key);
std::optional<std::uint64_t> read_u64_or_null(const JsonReader& object, const char* key);
std::optional<std::string> read_string_or_null(const JsonReader& object, const char* key);
std::optional<JsonReader> read_object_or_null(const JsonReader& object, const char* key);
// The engine's name: a lower-case word.
std::string read_engine(const JsonReader& object);
// The object under the engine's name. Throws Errc::internal when the document has a member of that name.
void put_engine_data(Json& document, const std::string& engine, const Json& data);
// The object under the engine's name, which must not be one of the document's own members.
Json read_engine_data(const JsonReader& object, std::span<const std::string_view> own_members,
                      const std::string& engine);
Digest read_digest(const JsonReader& object, const char* key);
std::string read_snapshot_id(const JsonReader& object, const char* key);

// Parts separated by '/', none of them empty, "." or "..", without NUL.
bool is_relative_path(std::string_view path);

// Runs read, which reads back what is about to be written; what it finds wrong is a fault of this program.
template <typename Read>
void check_readable(Read read) {
  try {
    read();
  } catch (const Error& e) {
    throw Error(Errc::internal, std::string("about to store what could not be read: ") + e.what());
  }
}

}  // namespace pitr
