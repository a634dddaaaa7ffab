// What only PostgreSQL keeps in a snapshot's manifest.

#include "base/error.hpp"
#include "base/json.hpp"
#include "engine/postgresql/snapshot_data.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace pitr;
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  try {
    const Json json = parse_json(text, "the input");
    const Json written = postgresql::to_json(postgresql::snapshot_data_from_json(json, "the input"));
    const Json again = postgresql::to_json(postgresql::snapshot_data_from_json(written, "the copy"));
    // What was read is written again as it was read.
    if (again != written) __builtin_trap();
  } catch (const Error& error) {
    if (error.code() != Errc::corrupt) __builtin_trap();
  }
  return 0;
}
