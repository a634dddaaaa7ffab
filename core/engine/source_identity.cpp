#include "engine/source_identity.hpp"

#include "base/digest.hpp"
#include "base/error.hpp"

#include <array>

#include <fcntl.h>
#include <unistd.h>

namespace pitr {

namespace {

std::string host_name() {
  std::array<char, 256> name{};
  if (gethostname(name.data(), name.size() - 1) != 0) return "localhost";
  return name.data();
}

// The id itself is confidential (machine-id(5)), so only a hash of it leaves the machine.
std::optional<std::string> machine_hash() {
  constexpr const char* kPath = "/etc/machine-id";
  const auto fd = open_if_exists(kPath, O_RDONLY);
  if (!fd) return std::nullopt;
  std::array<std::byte, 64> id{};
  const std::size_t length = read_at(fd->get(), id, 0, kPath);
  constexpr std::size_t kIdLength = 32;
  if (length < kIdLength) return std::nullopt;
  return digest_of(as_bytes("pitrctl source\n" + std::string(as_text(ByteView(id).first(kIdLength)))))
      .hex()
      .substr(0, 16);
}

// Paths are bytes; what is not UTF-8 is shown as such in JSON.
std::string as_utf8(const std::string& path) {
  return Json::parse(Json(path).dump(-1, ' ', false, Json::error_handler_t::replace)).get<std::string>();
}

}  // namespace

SourceIdentity identify(const fs::path& canonical_path, std::uint64_t inode) {
  return {as_utf8(host_name()), machine_hash(), as_utf8(canonical_path.string()), inode};
}

Json to_json(const SourceIdentity& identity) {
  Json json;
  json["host"] = identity.host;
  json["machine"] = json_or_null(identity.machine);
  json["path"] = identity.path;
  json["inode"] = identity.inode;
  return json;
}

SourceIdentity identity_from_json(const Json& json, const std::string& what) {
  const JsonReader reader(json, what);
  return {reader.string("host"), reader.string_or_null("machine"), reader.string("path"),
          reader.u64("inode")};
}

bool same_place(const SourceIdentity& a, const SourceIdentity& b) {
  const bool same_machine = a.machine && b.machine ? *a.machine == *b.machine : a.host == b.host;
  return same_machine && a.path == b.path;
}

std::string describe(const SourceIdentity& identity) { return identity.host + ":" + identity.path; }

}  // namespace pitr
