#pragma once

#include "base/bytes.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace pitr::test {

// Bytes held in memory, handed out in pieces of at most `piece`.
class MemorySource : public ByteSource {
 public:
  explicit MemorySource(std::string text, std::size_t piece = 64 * 1024)
      : text_(std::move(text)), piece_(piece) {}

  std::size_t read(std::span<std::byte> buffer) override {
    const ByteView rest = as_bytes(text_).subspan(at_);
    const std::size_t size = std::min({rest.size(), buffer.size(), piece_});
    std::copy_n(rest.begin(), size, buffer.begin());
    at_ += size;
    return size;
  }

 private:
  std::string text_;
  std::size_t piece_;
  std::size_t at_ = 0;
};

}  // namespace pitr::test
