#include "engine/publication.hpp"

#include "base/atomic_file.hpp"
#include "base/error.hpp"
#include "base/json.hpp"
#include "base/percent.hpp"

#include <boost/filesystem/operations.hpp>
#include <fmt/format.h>

namespace pitr {

namespace {

constexpr const char* kRecordName = "publication.json";

// A name or path may hold bytes that JSON cannot.
std::string encoded(const fs::path& path) { return percent_encode(path.native()); }

std::string read_encoded(const Json& json, const fs::path& record) {
  const auto text = json.is_string() ? percent_decode(json.get<std::string>()) : std::nullopt;
  if (!text) throw Error(Errc::corrupt, fmt::format("{} holds what is not a path", record.native()));
  return *text;
}

std::vector<fs::path> entries_to_move(const fs::path& staging, const fs::path& keystone) {
  std::vector<fs::path> names;
  for (const auto& entry : fs::directory_iterator(staging)) {
    if (entry.path() != keystone && entry.path().filename() != kRecordName)
      names.push_back(entry.path().filename());
  }
  return names;
}

void write_record(const fs::path& staging, const fs::path& keystone, const std::vector<fs::path>& names) {
  Json json = Json::object();
  json["keystone"] = encoded(keystone);
  json["entries"] = Json::array();
  for (const fs::path& name : names) json["entries"].push_back(encoded(name));
  AtomicFile file(staging / kRecordName, 0600);
  file.write(as_bytes(json.dump() + "\n"));
  file.commit_replacing();
}

// Whether hold_place() put there what is where the keystone goes.
bool is_held(const RestorePlace& place, const fs::path& keystone_target) {
  return keystone_target.parent_path() == place.target &&
         unfinished_entries(place.staging).count(keystone_target.filename().native()) > 0;
}

void move_entries(const RestorePlace& place, const fs::path& keystone, const std::vector<fs::path>& held) {
  const auto names = entries_to_move(place.staging, keystone);
  std::vector<fs::path> recorded = names;
  recorded.insert(recorded.end(), held.begin(), held.end());
  write_record(place.staging, keystone, recorded);
  for (const fs::path& name : names) move_into_place(place.staging / name, place.target / name);
  sync_directory(place.staging);
}

std::set<std::string> entries_of_record(const fs::path& record) {
  const std::string text(as_text(read_whole_file(record)));
  const Json json = parse_json(text, record.native());
  const JsonReader reader(json, record.native());
  if (!fs::exists(read_encoded(reader.member("keystone"), record))) return {};
  std::set<std::string> names;
  for (const Json& name : reader.array("entries")) names.insert(read_encoded(name, record));
  return names;
}

}  // namespace

void hold_place(const RestorePlace& place, const fs::path& keystone, const fs::path& keystone_target) {
  AtomicFile file(keystone, 0600);
  file.commit_replacing();
  write_record(place.staging, keystone, {keystone_target.filename()});
  if (AtomicFile held(keystone_target, 0600); !held.commit_if_absent()) {
    throw Error(Errc::conflict, fmt::format("{} is there already", keystone_target.native()),
                "restore into an empty directory");
  }
}

void publish(const std::vector<RestorePlace>& places, const fs::path& keystone,
             const fs::path& keystone_target) {
  bool is_any_held = false;
  for (const RestorePlace& place : places) {
    std::vector<fs::path> held;
    if (is_held(place, keystone_target)) held.push_back(keystone_target.filename());
    is_any_held = is_any_held || !held.empty();
    move_entries(place, keystone, held);
  }
  if (is_any_held) {
    move_replacing(keystone, keystone_target);
  } else {
    move_into_place(keystone, keystone_target);
  }
  for (const RestorePlace& place : places) remove_file(place.staging / kRecordName);
}

std::set<std::string> unfinished_entries(const fs::path& staging) {
  const fs::path record = staging / kRecordName;
  if (!fs::exists(record)) return {};
  try {
    return entries_of_record(record);
  } catch (const Error& error) {
    // What cannot be proved to be a restore's own is not.
    if (error.code() != Errc::corrupt) throw;
    return {};
  }
}

}  // namespace pitr
