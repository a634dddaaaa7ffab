#include "engine/sqlite/pinned_image.hpp"

#include "base/error.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace pitr::sqlite {

namespace {

// One entry for each page: its last frame.
std::vector<std::pair<std::uint32_t, std::uint32_t>> last_frames(const LiveDatabase& database,
                                                                 const LiveWal& wal, const WalIndex& index) {
  std::vector<std::pair<std::uint32_t, std::uint32_t>> frames;
  const auto header = wal.header();
  std::uint32_t done = 0;
  if (header && header->salts == index.salts) {
    const WalPlace start{header->salts, header->big_endian, 0, header->checksum};
    done = wal.read_on(start, index.max_frame,
                       [&](const ChainedFrame& frame) { frames.emplace_back(frame.page, frame.number); });
  }
  if (done != index.max_frame) {
    throw Error(Errc::unavailable,
                fmt::format("the log of {} changed while it was read", database.path().string()),
                "run the same command again");
  }
  std::sort(frames.begin(), frames.end());
  const auto last_of_page = [](auto a, auto b) { return a.first == b.first; };
  // Of equal pages the last stays: unique() runs backwards.
  frames.erase(frames.begin(), std::unique(frames.rbegin(), frames.rend(), last_of_page).base());
  frames.shrink_to_fit();
  return frames;
}

}  // namespace

PinnedImage::PinnedImage(const LiveDatabase& database, const LiveWal& wal, const WalIndex& index)
    : database_(database),
      wal_(wal),
      page_count_(index.max_frame > 0
                      ? index.pages
                      : static_cast<std::uint32_t>(database.file_size() / database.page_size())) {
  if (index.backfilled < index.max_frame) overlay_ = last_frames(database, wal, index);
}

void PinnedImage::read(std::uint64_t offset, std::span<std::byte> buffer) const {
  database_.read_file(offset, buffer);
  const std::uint64_t end = offset + buffer.size();
  const auto first_page = static_cast<std::uint32_t>(offset / page_size() + 1);
  auto it = std::lower_bound(overlay_.begin(), overlay_.end(), PageFrame{first_page, 0});
  for (; it != overlay_.end(); ++it) {
    const std::uint64_t page_start = (it->first - std::uint64_t{1}) * page_size();
    if (page_start >= end) break;
    const std::uint64_t from = std::max(offset, page_start);
    const std::uint64_t to = std::min(end, page_start + page_size());
    wal_.read_image(it->second, static_cast<std::uint32_t>(from - page_start),
                    buffer.subspan(from - offset, to - from));
  }
}

}  // namespace pitr::sqlite
