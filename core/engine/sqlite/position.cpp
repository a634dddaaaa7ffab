#include "engine/sqlite/position.hpp"

#include "base/random.hpp"

#include <charconv>

#include <fmt/format.h>

namespace pitr::sqlite {

namespace {

constexpr std::size_t kNonceBytes = 8;

std::string hex32(std::uint32_t value) { return fmt::format("{:08x}", value); }

template <typename Word>
Word from_hex_member(const JsonReader& json, const char* key) {
  const std::string hex = json.string(key);
  Word value = 0;
  const auto [stop, error] = std::from_chars(hex.data(), hex.data() + hex.size(), value, 16);
  if (hex.size() != 2 * sizeof(Word) || error != std::errc() || stop != hex.data() + hex.size()) {
    json.fail(key, "is not a hexadecimal number of the right length");
  }
  return value;
}

Position position_from_json(const JsonReader& json) {
  Position position;
  position.page_size = json.u32("page_size");
  if (!is_page_size(position.page_size)) json.fail("page_size", "is not a page size");
  position.page_count = json.u32("page_count");
  const JsonReader generation = json.object("generation");
  position.place.salts = {from_hex_member<std::uint32_t>(generation, "salt1"),
                          from_hex_member<std::uint32_t>(generation, "salt2")};
  position.place.big_endian = generation.boolean("big_endian");
  position.place.frame = json.u32("last_frame");
  position.place.checksum = checksum_from_hex(json.string("checksum_out"));
  position.change = json.u32("change");
  position.xid = {json.u64("last_xid")};
  position.file_change = json.u32("file_change");
  position.schema = SchemaSketch::from_json(json, "schema");
  if (!json.member("database_file").is_null())
    position.file = file_state_from_json(json.object("database_file"));
  return position;
}

}  // namespace

bool is_database_name(std::string_view name) {
  return !name.empty() && name != "." && name != ".." && !name.starts_with(".pitrctl") &&
         name.find('/') == std::string_view::npos && name.find('\0') == std::string_view::npos;
}

std::uint32_t file_change_counter(ByteView page_one) {
  constexpr std::size_t kOffset = 24;
  return load_be32(page_one.data() + kOffset);
}

Json to_json(const SegmentData& data) {
  const Position& position = data.position;
  Json json;
  json["file"] = data.file;
  json["page_size"] = position.page_size;
  json["page_count"] = position.page_count;
  json["generation"] = {{"salt1", hex32(position.place.salts.salt1)},
                        {"salt2", hex32(position.place.salts.salt2)},
                        {"big_endian", position.place.big_endian}};
  json["first_frame"] = json_or_null(data.first_frame);
  json["last_frame"] = position.place.frame;
  json["checksum_in"] = data.first_frame ? Json(to_hex(data.checksum_in)) : Json(nullptr);
  json["checksum_out"] = to_hex(position.place.checksum);
  json["change"] = position.change;
  json["last_xid"] = position.xid.value;
  json["file_change"] = position.file_change;
  json["schema"] = position.schema.to_json();
  json["database_file"] = position.file ? to_json(*position.file) : Json(nullptr);
  json["seen"] = {{"after", json_time_or_null(data.look.after)},
                  {"from", format_time(data.look.from)},
                  {"by", format_time(data.look.by)}};
  json["source"] = data.source;
  return json;
}

SegmentData segment_data_from_json(const Json& object, const std::string& what) {
  const JsonReader json(object, what);
  SegmentData data;
  data.file = json.string("file");
  if (!is_database_name(data.file)) json.fail("file", "is not a plain file name");
  data.position = position_from_json(json);
  if (const auto first = json.u64_or_null("first_frame")) {
    if (*first == 0 || *first > data.position.place.frame)
      json.fail("first_frame", "lies beyond the last frame");
    data.first_frame = static_cast<std::uint32_t>(*first);
    data.checksum_in = checksum_from_hex(json.string("checksum_in"));
  }
  const JsonReader seen = json.object("seen");
  data.look = {seen.time_or_null("after"), seen.time("from"), seen.time("by")};
  data.source = json.member("source");
  return data;
}

SegmentData segment_data(const SegmentManifest& manifest) {
  return segment_data_from_json(
      manifest.engine_data.value(),
      fmt::format("segment {} of timeline {}", manifest.number.value, manifest.timeline.value));
}

std::string link_token(const WalPlace& place) {
  return fmt::format("{:08x}{:08x}-{:08x}-{}", place.salts.salt1, place.salts.salt2, place.frame,
                     to_hex(place.checksum));
}

std::string unique_link_token(const WalPlace& place) {
  return link_token(place) + "-" + random_hex(kNonceBytes);
}

}  // namespace pitr::sqlite
