#pragma once

#include "base/bytes.hpp"

#include <cstddef>
#include <mutex>
#include <utility>
#include <vector>

namespace pitr {

// Large buffers of one size, used again and again: memory fresh from the system costs more than decompressing
// into it. Holds as many as were ever in use at once. Safe to use from several threads.
class BufferPool {
 public:
  explicit BufferPool(std::size_t size) : size_(size) {}

  // What is in it is left over from before.
  [[nodiscard]] Bytes take() {
    const std::lock_guard lock(mutex_);
    if (free_.empty()) return Bytes(size_);
    Bytes buffer = std::move(free_.back());
    free_.pop_back();
    return buffer;
  }

  void give_back(Bytes buffer) {
    const std::lock_guard lock(mutex_);
    free_.push_back(std::move(buffer));
  }

 private:
  std::size_t size_;
  std::mutex mutex_;
  std::vector<Bytes> free_;
};

}  // namespace pitr
