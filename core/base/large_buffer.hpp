#pragma once

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <span>

namespace pitr {

// Memory that is filled as a whole: what is in it at first is not said. It comes in large pages where the
// system has them, since taking it page by page may cost more than filling it.
class LargeBuffer {
 public:
  explicit LargeBuffer(std::size_t size);
  [[nodiscard]] std::span<std::byte> bytes() { return {memory_.get(), size_}; }
  [[nodiscard]] std::span<const std::byte> bytes() const { return {memory_.get(), size_}; }
  // Forgets what is behind; size is not more than there is.
  void shrink(std::size_t size) { size_ = size; }

 private:
  struct Free {
    void operator()(std::byte* memory) const { std::free(memory); }
  };
  std::unique_ptr<std::byte[], Free> memory_;
  std::size_t size_;
};

}  // namespace pitr
