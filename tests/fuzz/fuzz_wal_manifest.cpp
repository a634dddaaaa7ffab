// The manifest of a segment, with what only SQLite keeps in it.

#include "base/error.hpp"
#include "base/json.hpp"
#include "engine/sqlite/position.hpp"
#include "model/segment_manifest.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace pitr;
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  try {
    const SegmentManifest manifest =
        segment_manifest_from_json(parse_json(text, "the input"), LsnNotation::decimal, "the input");
    const sqlite::SegmentData data = sqlite::segment_data(manifest);
    // What was read is written again as it was read.
    const SegmentManifest again =
        segment_manifest_from_json(to_json(manifest, LsnNotation::decimal), LsnNotation::decimal, "the copy");
    if (again.end_lsn != manifest.end_lsn || again.link_out != manifest.link_out) __builtin_trap();
    if (sqlite::to_json(sqlite::segment_data(again)) != sqlite::to_json(data)) __builtin_trap();
  } catch (const Error& error) {
    if (error.code() != Errc::corrupt) __builtin_trap();
  }
  return 0;
}
