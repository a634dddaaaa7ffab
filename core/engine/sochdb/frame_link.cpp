#include "engine/sochdb/frame_link.hpp"

#include "base/digest.hpp"
#include "base/random.hpp"

namespace pitr::sochdb {

namespace {

constexpr std::size_t kBlock = 64UL * 1024;
constexpr std::size_t kNonceBytes = 16;

}  // namespace

std::string frame_link(ByteView frame) { return digest_of(frame).hex(); }

std::string frame_link(ByteSource& frame) {
  DigestStream digest;
  Bytes block(kBlock);
  while (const std::size_t size = frame.read(block)) digest.update(ByteView(block).first(size));
  return digest.digest().hex();
}

std::string new_link() { return "start-" + random_hex(kNonceBytes); }

}  // namespace pitr::sochdb
