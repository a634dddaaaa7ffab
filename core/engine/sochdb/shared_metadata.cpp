#include "engine/sochdb/shared_metadata.hpp"

#include "base/error.hpp"

#include <fmt/format.h>

namespace pitr::sochdb {

SharedMetadata parse_shared_metadata(ByteView bytes, const std::string& what) {
  constexpr std::uint64_t kMagic = 0x43435F564D484353;
  constexpr std::uint32_t kVersion = 1;
  if (bytes.size() < kSharedMetadataHeaderSize || load_le64(bytes.data()) != kMagic)
    throw Error(Errc::corrupt, fmt::format("{} is not SochDB's shared metadata", what));
  const std::uint32_t version = load_le32(&bytes[8]);
  if (version != kVersion) {
    throw Error(Errc::corrupt, fmt::format("{} is of version {}, and this program reads version {}", what,
                                           version, kVersion));
  }
  return {load_le32(&bytes[16]), load_le32(&bytes[40])};
}

}  // namespace pitr::sochdb
