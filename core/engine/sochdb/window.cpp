#include "engine/sochdb/window.hpp"

#include <algorithm>
#include <span>

namespace pitr::sochdb {

namespace {

constexpr std::size_t kPiece = std::size_t{64} * 1024;

}  // namespace

ByteView Window::peek(std::size_t size) {
  if (end_ - begin_ < size && !at_end_) {
    std::copy(buffer_.begin() + static_cast<std::ptrdiff_t>(begin_),
              buffer_.begin() + static_cast<std::ptrdiff_t>(end_), buffer_.begin());
    end_ -= begin_;
    begin_ = 0;
  }
  while (end_ - begin_ < size && !at_end_) {
    // Grows with what is there, not with what a length claims.
    if (end_ == buffer_.size()) buffer_.resize(std::max(kPiece, std::min(2 * end_, size + kPiece)));
    const std::size_t length = source_.read(std::span(buffer_).subspan(end_));
    at_end_ = length == 0;
    end_ += length;
  }
  return ByteView(buffer_).subspan(begin_, std::min(size, end_ - begin_));
}

void Window::skip(std::size_t size) {
  begin_ += size;
  offset_ += size;
}

}  // namespace pitr::sochdb
