// What only SochDB keeps in the manifests of segments and snapshots.

#include "base/error.hpp"
#include "base/json.hpp"
#include "engine/sochdb/segment_data.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

namespace {

using namespace pitr;

constexpr Lsn kLast{std::numeric_limits<std::uint64_t>::max()};

// What was read is written again as it was read.
template <typename Manifest, typename Read>
void read_twice(const Json& json, Read read) {
  Manifest manifest;
  const auto written = [&](const Json& data) {
    manifest.engine_data = data;
    return sochdb::to_json(read(manifest));
  };
  if constexpr (requires { manifest.consistent_lsn; }) {
    manifest.consistent_lsn = kLast;
  } else {
    manifest.start_lsn = kLast;
  }
  try {
    const Json first = written(json);
    if (written(first) != first) __builtin_trap();
  } catch (const Error& error) {
    if (error.code() != Errc::corrupt) __builtin_trap();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  Json json;
  try {
    json = parse_json({reinterpret_cast<const char*>(bytes), size}, "the input");
  } catch (const Error& error) {
    if (error.code() != Errc::corrupt) __builtin_trap();
    return 0;
  }
  read_twice<SegmentManifest>(json, [](const auto& manifest) { return sochdb::segment_data(manifest); });
  read_twice<SnapshotManifest>(json, [](const auto& manifest) { return sochdb::snapshot_data(manifest); });
  return 0;
}
