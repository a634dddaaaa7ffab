#include "engine/sochdb/frames.hpp"

#include "base/error.hpp"
#include "engine/sochdb/frame_format.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace pitr::sochdb {

std::optional<ByteView> Frames::next() {
  window_.skip(std::exchange(size_, 0));
  const ByteView word = window_.peek(kLengthSize);
  if (word.empty()) return std::nullopt;
  const std::uint64_t size = word.size() < kLengthSize ? 0 : load_le32(word.data());
  const bool is_length = size >= kMinRecordSize && size <= kMaxContentSize;
  const ByteView frame = is_length ? window_.peek(kLengthSize + size) : ByteView();
  if (!is_length || frame.size() < kLengthSize + size) {
    throw Error(Errc::corrupt, fmt::format("{}: no whole record at offset {}", what_, window_.offset()));
  }
  size_ = frame.size();
  return frame;
}

FrameRange::FrameRange(std::unique_ptr<ByteSource> source, std::uint64_t skipped, std::uint64_t taken,
                       const std::string& what)
    : source_(std::move(source)), frames_(*source_, what), skipped_(skipped), left_(taken), what_(what) {}

ByteView FrameRange::next() {
  const auto frame = frames_.next();
  if (!frame) throw Error(Errc::corrupt, fmt::format("{}: it holds fewer records than it says", what_));
  return *frame;
}

std::size_t FrameRange::read(std::span<std::byte> buffer) {
  for (; skipped_ > 0; --skipped_) next();
  while (frame_.empty() && left_ > 0) {
    frame_ = next();
    --left_;
  }
  const std::size_t size = std::min(buffer.size(), frame_.size());
  std::copy_n(frame_.begin(), size, buffer.begin());
  frame_ = frame_.subspan(size);
  return size;
}

}  // namespace pitr::sochdb
