#pragma once

#include "base/bytes.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <span>

namespace pitr::fuzz {

// The fuzzer's bytes as a source that hands out an odd number of them at a time.
class InputSource : public ByteSource {
 public:
  explicit InputSource(ByteView bytes) : bytes_(bytes) {}
  std::size_t read(std::span<std::byte> buffer) override {
    const std::size_t count = std::min({buffer.size(), bytes_.size(), kPiece});
    if (count > 0) std::memcpy(buffer.data(), bytes_.data(), count);
    bytes_ = bytes_.subspan(count);
    return count;
  }

 private:
  static constexpr std::size_t kPiece = 997;
  ByteView bytes_;
};

}  // namespace pitr::fuzz
