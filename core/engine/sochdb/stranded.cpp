#include "engine/sochdb/stranded.hpp"

#include <algorithm>
#include <optional>

namespace pitr::sochdb {

namespace {

// Bytes that may be looked at closely for each byte passed over, and besides. Without a limit, values that
// are made up of lengths would take time quadratic in their size.
constexpr std::uint64_t kWorkPerByte = 8;
constexpr std::uint64_t kWorkBesides = std::uint64_t{1} << 30U;

// Frames that one stretch of damage is taken to have held at most.
constexpr std::uint64_t kMaxLost = 128;

// Enough of a content for FrameFormat::may_begin().
constexpr std::size_t kHead = kRecordHeaderSize;

class Search {
 public:
  Search(Window& window, FrameFormat& format, std::uint64_t number)
      : window_(window), format_(format), start_(window.offset()), number_(number) {}

  Stranded run() {
    while (!window_.peek(1).empty()) {
      if (found_.all_counted && may_follow(0)) {
        const std::uint32_t size = load_le32(window_.peek(kLengthSize).data());
        if (is_frame(size)) {
          ++found_.frames;
          window_.skip(kLengthSize + size);
          unexplained_ = 0;
          continue;
        }
      }
      window_.skip(1);
      ++unexplained_;
    }
    return found_;
  }

 private:
  // Whether a frame seems to begin that far ahead.
  bool may_follow(std::size_t distance) {
    const ByteView head = window_.peek(distance + kLengthSize + kHead);
    if (head.size() <= distance + kLengthSize) return false;
    const std::uint32_t size = load_le32(&head[distance]);
    return size >= format_.min_size() && size <= format_.max_searched_size() &&
           format_.may_begin(head.subspan(distance + kLengthSize), size);
  }

  bool is_frame(std::uint32_t size) {
    const std::size_t whole = kLengthSize + size;
    const ByteView frame = window_.peek(whole);
    if (frame.size() < whole) return false;
    // Those that the unexplained bytes were, and the torn one itself may have been written again.
    const std::uint64_t lost = 1 + unexplained_ / (kLengthSize + format_.min_size());
    const std::uint64_t last = number_ + std::min(lost, kMaxLost);
    work_ += size * (last - number_ + 1);
    if (work_ > kWorkBesides + kWorkPerByte * (window_.offset() - start_)) {
      found_.all_counted = false;
      return false;
    }
    const auto number = format_.number_of(frame.subspan(kLengthSize), number_, last);
    if (!number) {
      // It may be one with a later number.
      if (lost > kMaxLost && format_.proof() == FrameProof::sealed) found_.all_counted = false;
      return false;
    }
    if (format_.proof() == FrameProof::none && window_.peek(whole + 1).size() > whole && !may_follow(whole))
      return false;
    number_ = *number + 1;
    return true;
  }

  Window& window_;
  FrameFormat& format_;
  std::uint64_t start_;
  std::uint64_t number_;           // the least that the next frame may have
  std::uint64_t unexplained_ = 0;  // bytes since the last frame
  std::uint64_t work_ = 0;
  Stranded found_;
};

}  // namespace

Stranded count_stranded(Window& window, FrameFormat& format, std::uint64_t number) {
  return Search(window, format, number).run();
}

}  // namespace pitr::sochdb
