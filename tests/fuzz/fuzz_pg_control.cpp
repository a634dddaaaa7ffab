// A cluster's control file: any bytes may stand there. The fuzzer does not find a CRC by itself, so that the
// first byte may ask for one that holds.

#include "base/crc32c.hpp"
#include "base/error.hpp"
#include "engine/postgresql/control_file.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace pitr;
  using namespace pitr::postgresql;
  if (size < 1) return 0;
  Bytes file(kControlFileSize);
  std::memcpy(file.data(), bytes + 1, std::min(size - 1, file.size()));
  if ((bytes[0] & 1U) != 0) {
    const std::size_t crc_at = (bytes[0] & 2U) != 0 ? 292 : 288;
    store_le32(&file[crc_at], crc32c(ByteView(file).first(crc_at)));
  }
  if ((bytes[0] & 4U) != 0) file.resize(size);
  try {
    const ControlFile control = parse_control_file(file, "input");
    if (control.segment_pages == 0 || control.wal_segment_size == 0) __builtin_trap();
  } catch (const Error& error) {
    if (error.code() != Errc::corrupt && error.code() != Errc::usage) __builtin_trap();
  }
  return 0;
}
