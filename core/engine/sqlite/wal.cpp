#include "engine/sqlite/wal.hpp"

#include "base/error.hpp"

#include <charconv>

#include <fmt/format.h>

namespace pitr::sqlite {

namespace {

template <std::uint32_t (*Load)(const std::byte*)>
Checksum carry_on_with(Checksum sum, ByteView bytes) {
  const std::byte* at = bytes.data();
  const std::byte* const end = at + bytes.size();
  for (; at < end; at += 8) {
    sum.s0 += Load(at) + sum.s1;
    sum.s1 += Load(at + 4) + sum.s0;
  }
  return sum;
}

std::uint32_t word_from_hex(std::string_view hex) {
  std::uint32_t value = 0;
  const auto* const end = hex.data() + hex.size();
  const auto [stop, error] = std::from_chars(hex.data(), end, value, 16);
  if (error != std::errc() || stop != end)
    throw Error(Errc::corrupt, fmt::format("'{}' is not a checksum", hex));
  return value;
}

}  // namespace

Checksum carry_on(Checksum sum, ByteView bytes, bool big_endian) {
  return big_endian ? carry_on_with<load_be32>(sum, bytes) : carry_on_with<load_le32>(sum, bytes);
}

std::string to_hex(Checksum sum) { return fmt::format("{:08x}{:08x}", sum.s0, sum.s1); }

Checksum checksum_from_hex(std::string_view hex) {
  if (hex.size() != 16) throw Error(Errc::corrupt, fmt::format("'{}' is not a checksum", hex));
  return {word_from_hex(hex.substr(0, 8)), word_from_hex(hex.substr(8))};
}

std::optional<WalHeader> parse_wal_header(ByteView bytes) {
  if (bytes.size() < kWalHeaderSize) return std::nullopt;
  const std::byte* const at = bytes.data();
  const std::uint32_t magic = load_be32(at);
  if ((magic & ~1U) != kWalMagic || load_be32(at + 4) != kWalFormat) return std::nullopt;
  WalHeader header;
  header.big_endian = (magic & 1U) != 0;
  header.page_size = load_be32(at + 8);
  header.salts = {load_be32(at + 16), load_be32(at + 20)};
  header.checksum = {load_be32(at + 24), load_be32(at + 28)};
  if (!is_page_size(header.page_size)) return std::nullopt;
  if (carry_on({}, bytes.first(24), header.big_endian) != header.checksum) return std::nullopt;
  return header;
}

std::array<std::byte, kWalHeaderSize> make_wal_header(std::uint32_t page_size, Salts salts,
                                                      Checksum& checksum) {
  std::array<std::byte, kWalHeaderSize> bytes{};
  store_be32(&bytes[0], kWalMagic);
  store_be32(&bytes[4], kWalFormat);
  store_be32(&bytes[8], page_size);
  store_be32(&bytes[16], salts.salt1);
  store_be32(&bytes[20], salts.salt2);
  checksum = carry_on({}, ByteView(bytes).first(24), false);
  store_be32(&bytes[24], checksum.s0);
  store_be32(&bytes[28], checksum.s1);
  return bytes;
}

FrameHeader parse_frame_header(const std::byte* bytes) {
  return {load_be32(bytes),
          load_be32(bytes + 4),
          {load_be32(bytes + 8), load_be32(bytes + 12)},
          {load_be32(bytes + 16), load_be32(bytes + 20)}};
}

void make_frame_header(std::byte* bytes, const FrameHeader& header) {
  store_be32(bytes, header.page);
  store_be32(bytes + 4, header.commit_pages);
  store_be32(bytes + 8, header.salts.salt1);
  store_be32(bytes + 12, header.salts.salt2);
  store_be32(bytes + 16, header.checksum.s0);
  store_be32(bytes + 20, header.checksum.s1);
}

Checksum carry_on_frame(Checksum sum, const std::byte* frame, std::uint32_t page_size, bool big_endian) {
  sum = carry_on(sum, ByteView(frame, 8), big_endian);
  return carry_on(sum, ByteView(frame + kFrameHeaderSize, page_size), big_endian);
}

WalWriter::WalWriter(ByteSink& sink, std::uint32_t page_size) : sink_(sink), page_size_(page_size) {
  sink_.write(make_wal_header(page_size, kArchiveSalts, checksum_));
}

void WalWriter::frame(std::uint32_t page, std::uint32_t commit_pages, ByteView image) {
  std::array<std::byte, kFrameHeaderSize> header{};
  FrameHeader fields{page, commit_pages, kArchiveSalts, {}};
  make_frame_header(header.data(), fields);
  checksum_ = carry_on(checksum_, ByteView(header).first(8), false);
  checksum_ = carry_on(checksum_, image.first(page_size_), false);
  fields.checksum = checksum_;
  make_frame_header(header.data(), fields);
  sink_.write(header);
  sink_.write(image.first(page_size_));
}

}  // namespace pitr::sqlite
