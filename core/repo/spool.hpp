#pragma once

#include "base/bytes.hpp"
#include "base/file.hpp"

#include <cstdint>
#include <memory>

namespace pitr {

// Holds bytes until their number and hashes are known: in memory up to a limit, beyond it in a file without a name
// under the directory for temporary files.
class Spool : public ByteSink {
 public:
  static constexpr std::uint64_t kMemoryLimit = 64 * 1024 * 1024;

  explicit Spool(std::uint64_t memory_limit = kMemoryLimit);
  ~Spool() override;
  void write(ByteView bytes) override;
  [[nodiscard]] std::uint64_t size() const { return size_; }
  // Reads from the start; the spool must outlive the source.
  [[nodiscard]] std::unique_ptr<ByteSource> source() const;

 private:
  std::uint64_t memory_limit_;
  std::uint64_t size_ = 0;
  Bytes memory_;
  Fd file_;
};

}  // namespace pitr
