#include "model/restore_point.hpp"

#include "base/percent.hpp"
#include "base/utf8.hpp"
#include "model/fields.hpp"
#include "model/segment_manifest.hpp"

#include <fmt/format.h>

namespace pitr {
namespace {

// Empty when it is good.
std::string problem_of_name(std::string_view name) {
  if (name.empty()) return "it is empty";
  const std::size_t size = percent_encode(name).size();
  if (size > kMaxStoredPointName) {
    return fmt::format("it takes {} bytes to store, and {} is the most", size, kMaxStoredPointName);
  }
  if (!is_utf8(name)) return "it is not UTF-8";
  if (has_control_characters(name)) return "it holds a control character";
  return {};
}

}  // namespace

Json to_json(const RestorePoint& restore_point, LsnNotation notation) {
  Json json = document_head("restore_point", restore_point.repository);
  json["name"] = restore_point.name;
  json["timeline"] = restore_point.timeline.value;
  json["point"] = to_json(restore_point.point, notation);
  json["description"] = restore_point.description;
  json["created_at"] = format_time(restore_point.created_at);
  json["deleted"] = restore_point.deleted;
  check_readable([&] { restore_point_from_json(json, notation, "restore point " + restore_point.name); });
  return json;
}

RestorePoint restore_point_from_json(const Json& json, LsnNotation notation, const std::string& what) {
  const JsonReader reader(json, what);
  RestorePoint restore_point;
  restore_point.repository = read_document_head(reader, "restore_point");
  restore_point.name = reader.string("name");
  const std::string problem = problem_of_name(restore_point.name);
  if (!problem.empty()) reader.fail("name", "is not a name: " + problem);
  restore_point.timeline = read_timeline(reader, "timeline");
  restore_point.point = point_from_json(reader.member("point"), notation, what + ", point");
  restore_point.description = reader.string("description");
  if (!is_utf8(restore_point.description)) reader.fail("description", "is not UTF-8");
  restore_point.created_at = reader.time("created_at");
  restore_point.deleted = reader.boolean("deleted");
  return restore_point;
}

void check_restore_point_name(std::string_view name) {
  const std::string problem = problem_of_name(name);
  if (problem.empty()) return;
  // A name that is not printable is not repeated to the terminal.
  const bool printable = is_utf8(name) && !has_control_characters(name) && !name.empty();
  const std::string shown = printable ? fmt::format(" \"{}\"", name) : "";
  throw Error(
      Errc::usage, fmt::format("not a name for a restore point{}: {}", shown, problem),
      fmt::format(
          "give it a name of UTF-8 without control characters, of 1 to {} bytes, of which all but A-Z a-z "
          "0-9 . _ - count three times",
          kMaxStoredPointName));
}

}  // namespace pitr
