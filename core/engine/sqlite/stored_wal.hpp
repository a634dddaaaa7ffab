#pragma once

#include "base/bytes.hpp"
#include "engine/sqlite/wal.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace pitr::sqlite {

struct StoredFrame {
  std::uint32_t page;
  std::uint32_t commit_pages;
  const std::byte* bytes;  // header and page; valid until the next frame is read
  [[nodiscard]] ByteView image(std::uint32_t page_size) const {
    return {bytes + kFrameHeaderSize, page_size};
  }
};

// Reads a log as segments hold it (see WalWriter) and checks it: the header, each frame's salts and the chain
// of checksums. Throws Errc::corrupt with the offset in the raw log.
class StoredWal {
 public:
  // The source must outlive the reader; `what` names it in messages.
  StoredWal(ByteSource& source, std::uint32_t page_size, std::string what);

  // Nothing at the end.
  [[nodiscard]] std::optional<StoredFrame> next();
  [[nodiscard]] std::uint64_t frames() const { return frames_; }
  // Where the frame read last begins in the raw log.
  [[nodiscard]] std::uint64_t frame_offset() const;
  [[noreturn]] void fail(std::uint64_t offset, const std::string& problem) const;

 private:
  bool fill(std::span<std::byte> buffer, std::uint64_t offset);

  ByteSource& source_;
  std::uint32_t page_size_;
  std::string what_;
  Bytes frame_;
  Checksum checksum_;
  std::uint64_t frames_ = 0;
};

}  // namespace pitr::sqlite
