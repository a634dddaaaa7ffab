#include "engine/sochdb/log_reader.hpp"

#include <algorithm>
#include <variant>

namespace pitr::sochdb {

namespace {

bool is_zero(ByteView bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](std::byte b) { return b == std::byte{0}; });
}

}  // namespace

LogReader::LogReader(ByteSource& source, FrameFormat& format, LogPlace from)
    : format_(format), window_(source, from.offset), place_(from) {}

std::optional<LogRecord> LogReader::next() {
  if (stopped_) return std::nullopt;
  const ByteView word = window_.peek(kLengthSize);
  if (word.size() < kLengthSize) return stop_for(word.empty() ? StopReason::end : StopReason::length_cut);
  const std::uint32_t size = load_le32(word.data());
  if (size < format_.min_size()) return stop_for(StopReason::length_too_small);
  if (size > kMaxContentSize) return stop_for(StopReason::length_too_large);
  const ByteView frame = window_.peek(kLengthSize + size);
  const ByteView content = frame.subspan(kLengthSize);
  if (content.size() < size) return stop_for(StopReason::content_cut);
  const FrameContent found = format_.read(content, place_.lsn.value);
  if (std::holds_alternative<BadFrame>(found)) return stop_for(StopReason::content_rejected);

  LogRecord record;
  record.start = place_;
  record.frame = frame;
  if (const auto* readable = std::get_if<Record>(&found)) record.record = *readable;
  window_.skip(kLengthSize + size);
  place_ = {{place_.lsn.value + 1}, window_.offset()};
  record.end = place_;
  return record;
}

std::nullopt_t LogReader::stop_for(StopReason reason) {
  stopped_ = true;
  stop_.reason = reason;
  stop_.good_end = place_;
  stop_.end = judge(reason);
  stop_.bytes_left = window_.offset() - stop_.good_end.offset;
  return std::nullopt;
}

// Passes over all that is left.
LogEnd LogReader::judge(StopReason reason) {
  if (reason == StopReason::end) return LogEnd::whole;
  if (reason == StopReason::length_cut) {
    window_.skip(window_.peek(kLengthSize).size());
    return LogEnd::torn;
  }
  const bool is_cut = reason == StopReason::content_cut && is_cut_frame();
  if (!pass_zeros()) {
    window_.skip(1);
  } else if (window_.peek(1).empty()) {
    return LogEnd::zeroed;
  }
  stop_.stranded = count_stranded(window_, format_, place_.lsn.value);
  // Frames in the value of one that is being written cannot be told from frames behind a torn one.
  const bool stands_last = stop_.stranded.frames == 0 && stop_.stranded.all_counted;
  return is_cut && stands_last ? LogEnd::torn : LogEnd::damaged;
}

// Whether what is left may be the beginning of the frame that its length announces, and not a whole frame
// whose length is damaged.
bool LogReader::is_cut_frame() {
  const std::uint32_t size = load_le32(window_.peek(kLengthSize).data());
  const ByteView content = window_.peek(kLengthSize + size).subspan(kLengthSize);
  if (!format_.may_begin(content, size)) return false;
  return format_.proof() == FrameProof::none || content.size() < format_.min_size() ||
         !format_.number_of(content, place_.lsn.value, place_.lsn.value);
}

// Passes over zero bytes that are no part of a length; false when there are none.
bool LogReader::pass_zeros() {
  const std::uint64_t start = window_.offset();
  ByteView word = window_.peek(kLengthSize);
  while (word.size() == kLengthSize && load_le32(word.data()) == 0) {
    window_.skip(1);
    word = window_.peek(kLengthSize);
  }
  if (window_.offset() == start) return false;
  if (word.size() < kLengthSize && is_zero(word)) window_.skip(word.size());
  return true;
}

}  // namespace pitr::sochdb
