#pragma once

#include "base/bytes.hpp"
#include "base/file.hpp"

#include <cstdint>
#include <memory>
#include <vector>

namespace pitr {

// Holds bytes until their number and hashes are known: in memory up to a limit, beyond it all of them in a
// file without a name, in $TMPDIR or else /var/tmp (not /tmp, which is often memory itself). Such a file is
// gone with the process.
class Spool : public ByteSink {
 public:
  static constexpr std::uint64_t kMemoryLimit = std::uint64_t{64} * 1024 * 1024;

  explicit Spool(std::uint64_t memory_limit = kMemoryLimit);
  void write(ByteView bytes) override;
  [[nodiscard]] std::uint64_t size() const { return size_; }
  // Reads from the start; the spool must outlive the source and not be written to meanwhile.
  [[nodiscard]] std::unique_ptr<ByteSource> source() const;

 private:
  void keep_in_memory(ByteView bytes);
  void move_to_file();

  std::uint64_t memory_limit_;
  std::uint64_t size_ = 0;
  std::vector<Bytes> pieces_;  // full ones, and the last
  fs::path directory_;
  Fd file_;
};

}  // namespace pitr
