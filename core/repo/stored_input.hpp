#pragma once

#include "base/bytes.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace pitr {

// Reads from memory, which must outlive it.
class MemorySource : public ByteSource {
 public:
  explicit MemorySource(ByteView bytes) : rest_(bytes) {}
  std::size_t read(std::span<std::byte> buffer) override;

 private:
  ByteView rest_;
};

// Appends to a buffer, which must outlive it.
class MemorySink : public ByteSink {
 public:
  explicit MemorySink(Bytes& bytes) : bytes_(bytes) {}
  void write(ByteView bytes) override { append(bytes_, bytes); }

 private:
  Bytes& bytes_;
};

// The stored side of a decoder: reads ahead from a source and knows which byte of the object comes next.
class StoredInput {
 public:
  StoredInput(ByteSource& source, std::string what, std::uint64_t offset);

  // What was read and not yet consumed, at least `count` bytes unless the source ends before; `count` is at
  // most kCapacity. Valid until the next call.
  static constexpr std::size_t kCapacity = std::size_t{256} * 1024;
  [[nodiscard]] ByteView peek(std::size_t count = 1);
  void consume(std::size_t count);

  // Consumes exactly these bytes or fails.
  void expect(ByteView bytes, std::string_view what_they_are);
  // Fails unless everything has been consumed.
  void expect_end();

  // Throws Errc::corrupt for the byte that comes next.
  [[noreturn]] void fail(std::string_view problem) const;

 private:
  ByteSource& source_;
  std::string what_;
  std::uint64_t offset_;
  Bytes buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace pitr
