#pragma once

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "base/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace pitr {

// JSON whose keys keep the order they were set in.
using Json = nlohmann::ordered_json;

// Parses one JSON value; throws Errc::corrupt, naming `what`, on anything malformed, deeper than 32 levels,
// or with a key given twice.
Json parse_json(std::string_view text, std::string_view what);

// A JSON value put away until it is asked for: takes a fraction of the memory, for what is held by the
// million.
class PackedJson {
 public:
  PackedJson() : PackedJson(Json::object()) {}
  PackedJson(const Json& value) : bytes_(Json::to_cbor(value)) {}
  [[nodiscard]] Json value() const { return Json::from_cbor(bytes_); }
  bool operator==(const PackedJson&) const = default;

 private:
  std::vector<std::uint8_t> bytes_;
};

// Reads the members of a JSON object that came from outside. Every reader throws Errc::corrupt, naming the
// object and the member, when the member is missing or is not what it should be; the *_or_null readers take
// null and a missing member as "not known".
class JsonReader {
 public:
  // The object must outlive the reader. `what` names it in errors.
  JsonReader(const Json& object, std::string what);

  [[nodiscard]] const std::string& what() const { return what_; }
  [[nodiscard]] bool has(const char* key) const;
  [[nodiscard]] const Json& member(const char* key) const;
  [[nodiscard]] JsonReader object(const char* key) const;
  [[nodiscard]] const Json& array(const char* key) const;
  [[nodiscard]] std::string string(const char* key) const;
  [[nodiscard]] std::optional<std::string> string_or_null(const char* key) const;
  [[nodiscard]] std::uint64_t u64(const char* key) const;
  [[nodiscard]] std::optional<std::uint64_t> u64_or_null(const char* key) const;
  [[nodiscard]] std::uint32_t u32(const char* key) const;
  [[nodiscard]] bool boolean(const char* key) const;
  [[nodiscard]] Timestamp time(const char* key) const;
  [[nodiscard]] std::optional<Timestamp> time_or_null(const char* key) const;
  [[noreturn]] void fail(const char* key, std::string_view problem) const;

 private:
  const Json* object_;
  std::string what_;
};

template <typename T>
Json json_or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

inline Json json_time_or_null(const std::optional<Timestamp>& time) {
  return time ? Json(format_time(*time)) : Json(nullptr);
}

}  // namespace pitr
