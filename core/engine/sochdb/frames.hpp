#pragma once

#include "base/bytes.hpp"
#include "engine/sochdb/window.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace pitr::sochdb {

// The frames of archived log, whole ones only, by their lengths: what they hold was checked before. `what`
// names the log in errors.
class Frames {
 public:
  // The source must outlive it.
  Frames(ByteSource& source, std::string what) : window_(source, 0), what_(std::move(what)) {}

  // The next one with its length, good until the next call; nothing at the end. Throws Errc::corrupt.
  std::optional<ByteView> next();

 private:
  Window window_;
  std::size_t size_ = 0;  // of the frame handed out
  std::string what_;
};

// So many frames of a log, behind so many others, as one run of bytes. Throws Errc::corrupt where there are
// fewer.
class FrameRange : public ByteSource {
 public:
  FrameRange(std::unique_ptr<ByteSource> source, std::uint64_t skipped, std::uint64_t taken,
             const std::string& what);
  std::size_t read(std::span<std::byte> buffer) override;

 private:
  ByteView next();

  std::unique_ptr<ByteSource> source_;
  Frames frames_;
  std::uint64_t skipped_;
  std::uint64_t left_;
  std::string what_;
  ByteView frame_;  // what is left of it
};

}  // namespace pitr::sochdb
