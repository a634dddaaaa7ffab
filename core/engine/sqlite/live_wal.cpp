#include "engine/sqlite/live_wal.hpp"

#include "base/error.hpp"

#include <algorithm>
#include <array>

#include <fcntl.h>
#include <fmt/format.h>

namespace pitr::sqlite {

namespace {
constexpr std::size_t kReadSize = std::size_t{1} << 20U;
}

LiveWal::LiveWal(const LiveDatabase& database)
    : path_(database.wal_path()), page_size_(database.page_size()), fd_(open_if_exists(path_, O_RDONLY)) {}

std::uint64_t LiveWal::offset_of(std::uint32_t frame) const {
  return kWalHeaderSize + (frame - std::uint64_t{1}) * (kFrameHeaderSize + page_size_);
}

std::optional<WalHeader> LiveWal::header() const {
  if (!fd_) return std::nullopt;
  std::array<std::byte, kWalHeaderSize> bytes{};
  const std::size_t length = read_at(fd_->get(), bytes, 0, path_);
  return parse_wal_header(ByteView(bytes).first(length));
}

std::uint32_t LiveWal::read_on(const WalPlace& from, std::uint32_t last,
                               const std::function<void(const ChainedFrame&)>& visit) const {
  if (!fd_ || last <= from.frame) return from.frame;
  const std::size_t frame_size = kFrameHeaderSize + page_size_;
  const std::size_t batch = std::max<std::size_t>(1, kReadSize / frame_size);
  Bytes buffer(batch * frame_size);
  Checksum sum = from.checksum;
  std::uint32_t done = from.frame;
  while (done < last) {
    const std::size_t wanted = std::min<std::size_t>(batch, last - done);
    const auto window = std::span(buffer).first(wanted * frame_size);
    const std::size_t frames = read_at(fd_->get(), window, offset_of(done + 1), path_) / frame_size;
    for (std::size_t i = 0; i < frames; ++i) {
      const std::byte* const at = buffer.data() + i * frame_size;
      const FrameHeader header = parse_frame_header(at);
      if (header.salts != from.salts || header.page == 0) return done;
      sum = carry_on_frame(sum, at, page_size_, from.big_endian);
      if (sum != header.checksum) return done;
      ++done;
      visit({done, header.page, header.commit_pages, sum, ByteView(at + kFrameHeaderSize, page_size_)});
    }
    if (frames < wanted) break;
  }
  return done;
}

bool LiveWal::still_holds(const WalPlace& place) const {
  if (place.frame == 0) {
    const auto now = header();
    return now && now->salts == place.salts;
  }
  if (!fd_) return false;
  std::array<std::byte, kFrameHeaderSize> bytes{};
  if (read_at(fd_->get(), bytes, offset_of(place.frame), path_) != bytes.size()) return false;
  const FrameHeader frame = parse_frame_header(bytes.data());
  return frame.salts == place.salts && frame.checksum == place.checksum;
}

void LiveWal::read_image(std::uint32_t frame, std::uint32_t offset_in_page,
                         std::span<std::byte> buffer) const {
  const std::uint64_t offset = offset_of(frame) + kFrameHeaderSize + offset_in_page;
  if (!fd_ || read_at(fd_->get(), buffer, offset, path_) != buffer.size()) {
    throw Error(Errc::unavailable,
                fmt::format("frame {} of {} vanished while it was read", frame, path_.string()),
                "run the same command again");
  }
}

}  // namespace pitr::sqlite
