// A backup label: any text may stand there.

#include "base/error.hpp"
#include "engine/postgresql/backup_label.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace pitr;
  using namespace pitr::postgresql;
  try {
    const BackupLabel label = parse_backup_label({reinterpret_cast<const char*>(bytes), size}, "input");
    if (label.timeline.value == 0 || label.file.timeline != label.timeline) __builtin_trap();
  } catch (const Error& error) {
    if (error.code() != Errc::corrupt) __builtin_trap();
  }
  return 0;
}
