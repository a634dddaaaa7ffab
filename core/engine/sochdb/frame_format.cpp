#include "engine/sochdb/frame_format.hpp"

namespace pitr::sochdb {

std::uint32_t PlainFrames::min_size() const { return kMinRecordSize; }

bool PlainFrames::may_begin(ByteView content, std::uint32_t size) const {
  return may_begin_record(content, size);
}

FrameContent PlainFrames::read(ByteView content, std::uint64_t /*number*/) {
  const auto record = parse_record(content);
  if (!record) return BadFrame{};
  return *record;
}

std::optional<std::uint64_t> PlainFrames::number_of(ByteView content, std::uint64_t first,
                                                    std::uint64_t /*last*/) {
  return parse_record(content) ? std::optional(first) : std::nullopt;
}

}  // namespace pitr::sochdb
