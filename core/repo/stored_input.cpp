#include "repo/stored_input.hpp"

#include "base/error.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace pitr {

std::size_t MemorySource::read(std::span<std::byte> buffer) {
  const auto count = std::min(buffer.size(), rest_.size());
  std::copy_n(rest_.begin(), count, buffer.begin());
  rest_ = rest_.subspan(count);
  return count;
}

StoredInput::StoredInput(ByteSource& source, std::string what, std::uint64_t offset)
    : source_(source), what_(std::move(what)), offset_(offset) {}

ByteView StoredInput::peek(std::size_t count) {
  if (end_ - begin_ < count) {
    if (buffer_.empty()) buffer_.resize(kCapacity);
    std::copy(buffer_.begin() + static_cast<std::ptrdiff_t>(begin_),
              buffer_.begin() + static_cast<std::ptrdiff_t>(end_), buffer_.begin());
    end_ -= begin_;
    begin_ = 0;
    while (end_ < count) {
      const auto got = source_.read(std::span(buffer_).subspan(end_));
      if (got == 0) break;
      end_ += got;
    }
  }
  return ByteView(buffer_).subspan(begin_, end_ - begin_);
}

void StoredInput::consume(std::size_t count) {
  begin_ += count;
  offset_ += count;
}

void StoredInput::expect(ByteView bytes, std::string_view what_they_are) {
  const auto here = peek(bytes.size());
  if (here.size() < bytes.size() || !std::equal(bytes.begin(), bytes.end(), here.begin())) {
    fail(fmt::format("{} is not what is here", what_they_are));
  }
  consume(bytes.size());
}

void StoredInput::expect_end() {
  if (!peek().empty()) fail("the compressed stream ends here, but more bytes follow");
}

void StoredInput::fail(std::string_view problem) const {
  throw Error(Errc::corrupt, fmt::format("{}: at byte {}: {}", what_, offset_, problem));
}

}  // namespace pitr
