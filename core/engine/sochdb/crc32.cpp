#include "engine/sochdb/crc32.hpp"

#include <isa-l/crc.h>

namespace pitr::sochdb {

std::uint32_t crc32(ByteView bytes) {
  return crc32_gzip_refl(0, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
}

}  // namespace pitr::sochdb
