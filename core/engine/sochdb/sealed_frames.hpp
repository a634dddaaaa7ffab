#pragma once

#include "engine/sochdb/crypto.hpp"
#include "engine/sochdb/frame_format.hpp"
#include "engine/sochdb/keyring.hpp"

namespace pitr::sochdb {

// Frames of an encrypted log: each content is an envelope (see crypto.hpp) around a record, sealed together
// with its number, so that none can be moved, repeated or left out.
inline constexpr std::uint32_t kMinSealedSize = kEnvelopeOverhead + kMinRecordSize;
inline constexpr std::uint32_t kMaxSearchedSealedSize = 1024U * 1024;

// Without the key: lengths and versions can be checked, and records counted.
class SealedFrames : public FrameFormat {
 public:
  [[nodiscard]] std::uint32_t min_size() const override { return kMinSealedSize; }
  [[nodiscard]] bool may_begin(ByteView content, std::uint32_t size) const override;
  FrameContent read(ByteView content, std::uint64_t number) override;
  std::optional<std::uint64_t> number_of(ByteView content, std::uint64_t first, std::uint64_t last) override;
  [[nodiscard]] std::uint32_t max_searched_size() const override { return kMaxSearchedSealedSize; }
  [[nodiscard]] FrameProof proof() const override { return FrameProof::none; }
};

// With the key: every record can be read, and every changed byte is seen.
class OpenedFrames : public FrameFormat {
 public:
  explicit OpenedFrames(const DataKey& key);
  [[nodiscard]] std::uint32_t min_size() const override { return kMinSealedSize; }
  [[nodiscard]] bool may_begin(ByteView content, std::uint32_t size) const override;
  FrameContent read(ByteView content, std::uint64_t number) override;
  std::optional<std::uint64_t> number_of(ByteView content, std::uint64_t first, std::uint64_t last) override;
  [[nodiscard]] std::uint32_t max_searched_size() const override { return kMaxSearchedSealedSize; }
  [[nodiscard]] FrameProof proof() const override { return FrameProof::sealed; }

 private:
  std::optional<Record> open(ByteView content, std::uint64_t number);

  EnvelopeOpener opener_;
  Bytes additional_;  // all but the number
};

}  // namespace pitr::sochdb
