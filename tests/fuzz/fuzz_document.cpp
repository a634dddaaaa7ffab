// What documents hold: the input as it is, and as the body of a document whose sum is right, read as every
// kind there is. And the input as the name of an object.

#include "base/error.hpp"
#include "model/file_manifest.hpp"
#include "model/restore_point.hpp"
#include "model/segment_manifest.hpp"
#include "model/snapshot_manifest.hpp"
#include "model/timeline.hpp"
#include "repo/document.hpp"
#include "repo/names.hpp"
#include "repo/repository_document.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace {

using namespace pitr;

template <typename F>
void only_corrupt(F f) {
  try {
    f();
  } catch (const Error& error) {
    if (error.code() != Errc::corrupt) __builtin_trap();
  }
}

std::string with_sum(std::string_view body) {
  return std::string(body) + ",\"sum\":\"" + digest_of(as_bytes(body)).hex() + "\"}";
}

// What was read is written again as something that reads the same.
template <typename Read, typename Write>
void read_and_write(const Json& json, Read read, Write write) {
  only_corrupt([&] {
    const auto written = write(read(json));
    const auto again = write(read(open_sealed_json(seal_json(written), "the copy").object));
    if (again != written) __builtin_trap();
  });
}

void read_as_everything(const Json& json) {
  const std::string what = "the input";
  for (const auto notation : {LsnNotation::decimal, LsnNotation::hex_pair}) {
    const auto write = [&](const auto& value) { return to_json(value, notation); };
    read_and_write(
        json, [&](const Json& j) { return timeline_from_json(j, notation, what); }, write);
    read_and_write(
        json, [&](const Json& j) { return restore_point_from_json(j, notation, what); }, write);
    read_and_write(
        json, [&](const Json& j) { return segment_manifest_from_json(j, notation, what); }, write);
    read_and_write(
        json, [&](const Json& j) { return snapshot_manifest_from_json(j, notation, what); }, write);
  }
  const auto write = [](const auto& value) { return to_json(value); };
  read_and_write(
      json, [&](const Json& j) { return file_table_from_json(j, 3, what); }, write);
  read_and_write(
      json, [&](const Json& j) { return file_manifest_from_json(j, what); }, write);
  try {
    repository_document_from_json(json, what);
  } catch (const Error& error) {
    const bool expected = error.code() == Errc::corrupt || error.code() == Errc::usage;  // usage: encrypted
    if (!expected) __builtin_trap();
  }
}

struct NameWriter {
  std::string_view key;
  std::string operator()(const UnknownName&) const { return std::string(key); }
  std::string operator()(const RepositoryName&) const { return repository_key(); }
  std::string operator()(const TimelineName& name) const { return timeline_key(name.timeline); }
  std::string operator()(const SegmentName& name) const {
    return segment_key(name.timeline, name.first, name.last);
  }
  std::string operator()(const SnapshotName& name) const { return snapshot_key(name.id); }
  std::string operator()(const PackName& name) const { return pack_key(name.snapshot_id, name.number); }
  std::string operator()(const FileName& name) const { return file_key(name.name); }
  std::string operator()(const RestorePointName& name) const {
    return restore_point_key(name.timeline, name.lsn, name.name, name.generation);
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  only_corrupt([&] { read_as_everything(open_sealed_json(text, "the input").object); });
  only_corrupt([&] { read_as_everything(open_sealed_json(with_sum(text), "the input").object); });
  if (std::visit(NameWriter{text}, parse_object_name(text)) != text) __builtin_trap();
  return 0;
}
