#pragma once

#include "base/json.hpp"

#include <functional>
#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace pitr::test {

// Where members are in a document: the keys and indices that lead to each.
using JsonPath = Json::json_pointer;

// Every member of every object in json, but not those below the paths in `beside`.
inline std::vector<JsonPath> member_paths(const Json& json, const std::vector<std::string>& beside,
                                          const JsonPath& at = JsonPath()) {
  std::vector<JsonPath> paths;
  if (!json.is_structured()) return paths;
  for (const auto& [key, value] : json.items()) {
    const JsonPath path = json.is_object() ? at / key : at / static_cast<std::size_t>(std::stoul(key));
    if (json.is_object()) paths.push_back(path);
    if (std::find(beside.begin(), beside.end(), path.to_string()) != beside.end()) continue;
    for (const JsonPath& below : member_paths(value, beside, path)) paths.push_back(below);
  }
  return paths;
}

inline Json without(const Json& json, const JsonPath& path) {
  Json changed = json;
  Json& parent = changed[path.parent_pointer()];
  parent.erase(path.back());
  return changed;
}

inline Json with(const Json& json, const JsonPath& path, const Json& value) {
  Json changed = json;
  changed[path] = value;
  return changed;
}

// Values of every type.
inline std::vector<Json> odd_values() {
  return {nullptr,
          true,
          0U,
          1U,
          -1,
          0.5,
          "",
          "text",
          std::string("\0", 1),
          Json::array(),
          Json::object(),
          Json::array({Json::array({1U, 2U})}),
          18'446'744'073'709'551'615U};
}

// Calls read with every member of a document taken away in turn, which must be corrupt, and with every member
// replaced by every odd value, which must be corrupt unless it is one that read takes: then it must be of the
// same type, or null where `nullable` says so.
inline void check_damage(const Json& document, const std::vector<std::string>& free_form,
                         const std::vector<std::string>& nullable,
                         const std::function<void(const Json&)>& read) {
  const auto is_corrupt = [&](const Json& json) {
    try {
      read(json);
    } catch (const Error& e) {
      CHECK(e.code() == Errc::corrupt);
      return true;
    }
    return false;
  };
  for (const JsonPath& path : member_paths(document, free_form)) {
    CAPTURE(path.to_string());
    CHECK(is_corrupt(without(document, path)));
    const Json& original = document[path];
    const bool may_be_null = std::find(nullable.begin(), nullable.end(), path.to_string()) != nullable.end();
    for (const Json& value : odd_values()) {
      CAPTURE(value.dump());
      const bool fits = original.is_number() ? value.is_number_unsigned() : original.type() == value.type();
      if (!is_corrupt(with(document, path, value))) CHECK((fits || (may_be_null && value.is_null())));
    }
  }
}

}  // namespace pitr::test
