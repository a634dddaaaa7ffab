#include "base/large_buffer.hpp"

#include <new>

#include <sys/mman.h>

namespace pitr {

namespace {

constexpr std::size_t kLargePage = std::size_t{2} << 20U;

}  // namespace

LargeBuffer::LargeBuffer(std::size_t size) : size_(size) {
  const std::size_t whole = (size / kLargePage + 1) * kLargePage;
  if (whole < size) throw std::bad_alloc();
  memory_.reset(static_cast<std::byte*>(std::aligned_alloc(kLargePage, whole)));
  if (!memory_) throw std::bad_alloc();
  // Only advice: without it, or where it is refused, the pages are small ones.
  if (size >= kLargePage) ::madvise(memory_.get(), size / kLargePage * kLargePage, MADV_HUGEPAGE);
}

}  // namespace pitr
