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

// What shows that bytes are a whole frame.
enum class FrameProof {
  none,     // they only look like one, and more so if another follows
  content,  // whatever its number is
  sealed,   // its content together with its number
};

// What a log's frames hold. Contents are at least min_size() and at most kMaxContentSize bytes long. A
// frame's number is its place in the file, from 0.
class FrameFormat {
 public:
  virtual ~FrameFormat() = default;
  [[nodiscard]] virtual std::uint32_t min_size() const = 0;
  // Whether the first bytes of a content of `size` bytes may be these.
  [[nodiscard]] virtual bool may_begin(ByteView content, std::uint32_t size) const = 0;
  // A record's key and value are good until content changes or the format is used again.
  virtual FrameContent read(ByteView content, std::uint64_t number) = 0;
  // The number of the frame with this content, which is one from `first` to `last`; nothing unless it is a
  // whole frame's. For formats whose frames do not tell: first.
  virtual std::optional<std::uint64_t> number_of(ByteView content, std::uint64_t first,
                                                 std::uint64_t last) = 0;
  // Contents larger than this are not looked for behind damage: too much would seem to be one.
  [[nodiscard]] virtual std::uint32_t max_searched_size() const = 0;
  [[nodiscard]] virtual FrameProof proof() const = 0;
};

// Records as they are.
class PlainFrames : public FrameFormat {
 public:
  [[nodiscard]] std::uint32_t min_size() const override;
  [[nodiscard]] bool may_begin(ByteView content, std::uint32_t size) const override;
  FrameContent read(ByteView content, std::uint64_t number) override;
  std::optional<std::uint64_t> number_of(ByteView content, std::uint64_t first, std::uint64_t last) override;
  [[nodiscard]] std::uint32_t max_searched_size() const override { return kMaxContentSize; }
  [[nodiscard]] FrameProof proof() const override { return FrameProof::content; }
};

}  // namespace pitr::sochdb
