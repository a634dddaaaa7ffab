#pragma once

#include "base/file.hpp"
#include "store/store.hpp"
#include "support/memory_source.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace pitr::test {

inline bool create(Store& store, const std::string& key, const std::string& text) {
  MemorySource source(text);
  return store.create(key, source, text.size());
}

inline std::string text_of(const Store& store, const std::string& key) {
  const auto bytes = store.read(key, 0, ~std::uint64_t{0});
  return bytes ? std::string(as_text(*bytes)) : "(absent)";
}

inline std::vector<std::string> keys_in(const Store& store, const std::string& prefix = "") {
  std::vector<std::string> keys;
  store.list(prefix, [&](const ListedObject& object) { keys.push_back(object.key); });
  std::sort(keys.begin(), keys.end());
  return keys;
}

}  // namespace pitr::test
