#pragma once

#include "base/bytes.hpp"

#include <cstdint>

namespace pitr::sochdb {

// Looks ahead into a source. Holds no more than was asked for at once, and what is read ahead in one piece.
class Window {
 public:
  // The source must outlive the window; offset is the place in the log of its first byte.
  Window(ByteSource& source, std::uint64_t offset) : source_(source), offset_(offset) {}

  // The next `size` bytes, or as many as are left; good until the next call.
  ByteView peek(std::size_t size);
  // Passes over bytes that peek() showed.
  void skip(std::size_t size);
  // The place in the log of the next byte.
  [[nodiscard]] std::uint64_t offset() const { return offset_; }

 private:
  ByteSource& source_;
  std::uint64_t offset_;
  Bytes buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool at_end_ = false;
};

}  // namespace pitr::sochdb
