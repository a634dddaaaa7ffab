#include "engine/sochdb/sealed_frames.hpp"

#include "engine/sochdb/little_endian.hpp"

namespace pitr::sochdb {

namespace {

constexpr std::byte kAdditionalVersion{1};

bool may_begin_envelope(ByteView content) { return content.empty() || content[0] == kEnvelopeVersion; }

}  // namespace

bool SealedFrames::may_begin(ByteView content, std::uint32_t /*size*/) const {
  return may_begin_envelope(content);
}

FrameContent SealedFrames::read(ByteView content, std::uint64_t /*number*/) {
  if (!may_begin_envelope(content)) return BadFrame{};
  return SealedRecord{};
}

std::optional<std::uint64_t> SealedFrames::number_of(ByteView content, std::uint64_t first,
                                                     std::uint64_t /*last*/) {
  return may_begin_envelope(content) ? std::optional(first) : std::nullopt;
}

OpenedFrames::OpenedFrames(const DataKey& key) : opener_(key.key), additional_{kAdditionalVersion} {
  append(additional_, key.database);
  append_le32(additional_, key.epoch);
}

bool OpenedFrames::may_begin(ByteView content, std::uint32_t /*size*/) const {
  return may_begin_envelope(content);
}

FrameContent OpenedFrames::read(ByteView content, std::uint64_t number) {
  const auto record = open(content, number);
  if (!record) return BadFrame{};
  return *record;
}

std::optional<std::uint64_t> OpenedFrames::number_of(ByteView content, std::uint64_t first,
                                                     std::uint64_t last) {
  for (std::uint64_t number = first; number <= last; ++number) {
    if (open(content, number)) return number;
  }
  return std::nullopt;
}

std::optional<Record> OpenedFrames::open(ByteView content, std::uint64_t number) {
  Bytes additional = additional_;
  append_le64(additional, number);
  const auto body = opener_.open(content, additional);
  return body ? parse_record(*body) : std::nullopt;
}

}  // namespace pitr::sochdb
