#include "engine/sqlite/stored_wal.hpp"

#include "base/error.hpp"

#include <array>
#include <utility>

#include <fmt/format.h>

namespace pitr::sqlite {

StoredWal::StoredWal(ByteSource& source, std::uint32_t page_size, std::string what)
    : source_(source), page_size_(page_size), what_(std::move(what)), frame_(kFrameHeaderSize + page_size) {
  std::array<std::byte, kWalHeaderSize> bytes{};
  const auto header = fill(bytes, 0) ? parse_wal_header(bytes) : std::nullopt;
  if (!header) fail(0, "it does not begin with a valid log header");
  if (header->page_size != page_size) {
    fail(8, fmt::format("its pages have {} bytes and not {}", header->page_size, page_size));
  }
  if (header->salts != kArchiveSalts || header->big_endian)
    fail(0, "its header is not one that pitrctl writes");
  checksum_ = header->checksum;
}

// True when the buffer was filled, false at a clean end.
bool StoredWal::fill(std::span<std::byte> buffer, std::uint64_t offset) {
  std::size_t done = 0;
  while (done < buffer.size()) {
    const std::size_t length = source_.read(buffer.subspan(done));
    if (length == 0) break;
    done += length;
  }
  if (done != 0 && done != buffer.size()) fail(offset + done, "it ends in the middle of a frame");
  return done != 0;
}

std::uint64_t StoredWal::frame_offset() const {
  return kWalHeaderSize + (frames_ - 1) * (kFrameHeaderSize + std::uint64_t{page_size_});
}

std::optional<StoredFrame> StoredWal::next() {
  const std::uint64_t offset = kWalHeaderSize + frames_ * frame_.size();
  if (!fill(frame_, offset)) return std::nullopt;
  ++frames_;
  const FrameHeader header = parse_frame_header(frame_.data());
  if (header.page == 0) fail(offset, "a frame has page number 0");
  checksum_ = carry_on_frame(checksum_, frame_.data(), page_size_, false);
  if (header.salts != kArchiveSalts || checksum_ != header.checksum)
    fail(offset, "a frame's checksum does not hold");
  return StoredFrame{header.page, header.commit_pages, frame_.data()};
}

void StoredWal::fail(std::uint64_t offset, const std::string& problem) const {
  throw Error(Errc::corrupt, fmt::format("{}: {} (offset {} of its raw log)", what_, problem, offset),
              "'pitrctl validate --level records' shows all that is damaged");
}

}  // namespace pitr::sqlite
