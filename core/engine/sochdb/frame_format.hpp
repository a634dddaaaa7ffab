#pragma once

#include "base/bytes.hpp"
#include "engine/sochdb/record.hpp"

#include <cstdint>
#include <optional>
#include <variant>

namespace pitr::sochdb {

// A frame of wal.log: the number of bytes that follow (4, little-endian; nothing covers it), then the
// content: a record, or an envelope around one (see sealed_frames.hpp).
inline constexpr std::size_t kLengthSize = 4;
inline constexpr std::uint32_t kMaxContentSize = 512U * 1024 * 1024;

struct BadFrame {};
struct SealedRecord {};  // encrypted, and there is no key to read it with
using FrameContent = std::variant<BadFrame, SealedRecord, Record>;

// What a log's frames hold. Contents are at least min_size() and at most kMaxContentSize bytes long. A
// frame's number is its place in the file, from 0.
class FrameFormat {
 public:
  virtual ~FrameFormat() = default;
  [[nodiscard]] virtual std::uint32_t min_size() const = 0;
  // Whether the first bytes of a content of `size` bytes may be these.
  [[nodiscard]] virtual bool may_begin(ByteView content, std::uint32_t size) const = 0;
  // A record's key and value are good until content changes or read() is called again.
  virtual FrameContent read(ByteView content, std::uint64_t number) = 0;
  // The number of the frame with this content, which is one from `first` to `last`; nothing unless it is a
  // whole frame's. For formats whose frames do not tell: first.
  virtual std::optional<std::uint64_t> number_of(ByteView content, std::uint64_t first,
                                                 std::uint64_t last) = 0;
  // Whether number_of() is certain. If not, bytes only look like a frame, and more so if one follows.
  [[nodiscard]] virtual bool proves_frames() const = 0;
};

// Records as they are.
class PlainFrames : public FrameFormat {
 public:
  [[nodiscard]] std::uint32_t min_size() const override;
  [[nodiscard]] bool may_begin(ByteView content, std::uint32_t size) const override;
  FrameContent read(ByteView content, std::uint64_t number) override;
  std::optional<std::uint64_t> number_of(ByteView content, std::uint64_t first, std::uint64_t last) override;
  [[nodiscard]] bool proves_frames() const override { return true; }
};

}  // namespace pitr::sochdb
