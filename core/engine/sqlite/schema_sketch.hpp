#pragma once

#include "base/json.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace pitr::sqlite {

// A sample of a database's schema, which tells a database that was rebuilt (by VACUUM, say) from another one:
// hashes of its tables, indexes, views and triggers. Of many the smallest are kept, so that two samples of
// nearly the same schema share most of them.
class SchemaSketch {
 public:
  static constexpr std::size_t kMost = 32;

  void add(std::string_view type, std::string_view name, std::string_view sql);

  // Whether both may be of one database: unless both know objects and share none.
  [[nodiscard]] bool may_be_same(const SchemaSketch& other) const;
  bool operator==(const SchemaSketch&) const = default;

  // An array of hex strings; from_json throws Errc::corrupt.
  [[nodiscard]] Json to_json() const;
  static SchemaSketch from_json(const JsonReader& object, const char* key);

 private:
  void insert(std::uint64_t hash);

  std::vector<std::uint64_t> hashes_;  // sorted
};

}  // namespace pitr::sqlite
