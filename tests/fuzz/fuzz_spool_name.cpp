// The name of a file in a spool of segments, which anybody may have put there.

#include "run/prefetch_spool.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view name(reinterpret_cast<const char*>(bytes), size);
  const auto segment = pitr::parse_spool_file_name(name);
  if (segment && pitr::spool_file_name(*segment) != name) __builtin_trap();
  return 0;
}
