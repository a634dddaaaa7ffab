#include "engine/sqlite/schema_sketch.hpp"

#include "base/digest.hpp"

#include <algorithm>
#include <charconv>
#include <string>

#include <fmt/format.h>

namespace pitr::sqlite {

void SchemaSketch::add(std::string_view type, std::string_view name, std::string_view sql) {
  // SQLite's own tables are alike in every database.
  if (name.starts_with("sqlite_")) return;
  insert(digest_of(as_bytes(fmt::format("{}\n{}\n{}", type, name, sql))).low);
}

void SchemaSketch::insert(std::uint64_t hash) {
  const auto at = std::lower_bound(hashes_.begin(), hashes_.end(), hash);
  if (at != hashes_.end() && *at == hash) return;
  hashes_.insert(at, hash);
  if (hashes_.size() > kMost) hashes_.pop_back();
}

bool SchemaSketch::may_be_same(const SchemaSketch& other) const {
  if (hashes_.empty() || other.hashes_.empty()) return true;
  return std::any_of(hashes_.begin(), hashes_.end(), [&](std::uint64_t hash) {
    return std::binary_search(other.hashes_.begin(), other.hashes_.end(), hash);
  });
}

Json SchemaSketch::to_json() const {
  Json array = Json::array();
  for (const std::uint64_t hash : hashes_) array.push_back(fmt::format("{:016x}", hash));
  return array;
}

SchemaSketch SchemaSketch::from_json(const JsonReader& object, const char* key) {
  SchemaSketch sketch;
  for (const Json& element : object.array(key)) {
    const std::string* const hex = element.get_ptr<const std::string*>();
    std::uint64_t hash = 0;
    if (hex == nullptr || hex->size() != 2 * sizeof hash)
      object.fail(key, "holds something other than hashes");
    const auto [stop, error] = std::from_chars(hex->data(), hex->data() + hex->size(), hash, 16);
    if (error != std::errc() || stop != hex->data() + hex->size())
      object.fail(key, "holds something other than hashes");
    sketch.insert(hash);
  }
  return sketch;
}

}  // namespace pitr::sqlite
