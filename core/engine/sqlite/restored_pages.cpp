#include "engine/sqlite/restored_pages.hpp"

#include "base/error.hpp"

#include <algorithm>
#include <utility>

#include <fcntl.h>

namespace pitr::sqlite {

RestoredPages::RestoredPages(fs::path path, std::uint32_t page_size)
    : path_(std::move(path)), page_size_(page_size), fd_(open_file(path_, O_RDWR | O_CREAT | O_EXCL, 0600)) {}

void RestoredPages::resize(std::uint32_t pages) {
  settled_.assign(pages, false);
  unsettled_ = pages;
}

void RestoredPages::write(std::uint32_t page, ByteView image) {
  write_all_at(fd_.get(), image, (page - std::uint64_t{1}) * page_size_, path_);
  written_bytes_ += image.size();
}

void RestoredPages::settle(std::uint32_t page) {
  if (is_settled(page)) return;
  settled_[page - 1] = true;
  --unsettled_;
}

void RestoredPages::offer(std::uint32_t page, ByteView image) {
  if (is_settled(page)) return;
  write(page, image);
  settle(page);
}

void RestoredPages::fill(std::uint32_t first, ByteView images) {
  const std::size_t count = images.size() / page_size_;
  std::size_t i = 0;
  while (i < count) {
    if (is_settled(first + static_cast<std::uint32_t>(i))) {
      ++i;
      continue;
    }
    std::size_t end = i + 1;
    while (end < count && !is_settled(first + static_cast<std::uint32_t>(end))) ++end;
    write(first + static_cast<std::uint32_t>(i), images.subspan(i * page_size_, (end - i) * page_size_));
    i = end;
  }
}

void RestoredPages::finish(std::uint32_t mode) {
  truncate_file(fd_.get(), std::uint64_t{page_count()} * page_size_, path_);
  if (fchmod(fd_.get(), static_cast<mode_t>(mode)) != 0) throw_errno("set the mode of", path_.string());
  sync_file(fd_.get(), path_);
}

}  // namespace pitr::sqlite
