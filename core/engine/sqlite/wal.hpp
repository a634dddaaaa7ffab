#pragma once

#include "base/bytes.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pitr::sqlite {

// The write-ahead log file of SQLite (https://www.sqlite.org/fileformat2.html#walformat). Numbers are
// big-endian.
//
//   header, 32 bytes                          frame, 24 bytes and a page
//   0   4  magic 377f0682 or 377f0683         0   4  page number, from 1
//   4   4  format 3007000                     4   4  on a commit: database size in pages; else 0
//   8   4  page size                          8   8  salts, equal to the header's
//   12  4  checkpoint sequence                16  8  running checksum
//   16  8  salt-1, salt-2                     24     the page
//   24  8  checksum of bytes 0..23
//
// The checksum runs on from the header through every frame, over its bytes 0..7 and its page. It reads words
// little-endian after the magic 377f0682 and big-endian after 377f0683.
inline constexpr std::size_t kWalHeaderSize = 32;
inline constexpr std::size_t kFrameHeaderSize = 24;
inline constexpr std::uint32_t kWalMagic = 0x377f0682;
inline constexpr std::uint32_t kWalFormat = 3007000;

constexpr bool is_page_size(std::uint32_t size) {
  return size >= 512 && size <= 65536 && (size & (size - 1)) == 0;
}

struct Checksum {
  std::uint32_t s0 = 0;
  std::uint32_t s1 = 0;
  bool operator==(const Checksum&) const = default;
};

// Carries a checksum on over bytes, whose number is a multiple of 8.
Checksum carry_on(Checksum sum, ByteView bytes, bool big_endian);

// Two 32-bit words as 16 hex digits, as manifests hold them; from_hex throws Errc::corrupt.
std::string to_hex(Checksum sum);
Checksum checksum_from_hex(std::string_view hex);

struct Salts {
  std::uint32_t salt1 = 0;
  std::uint32_t salt2 = 0;
  bool operator==(const Salts&) const = default;
};

struct WalHeader {
  std::uint32_t page_size = 0;
  Salts salts;
  bool big_endian = false;  // order of the words that checksums are made of
  Checksum checksum;
};

// Nothing unless it is a whole, valid header.
std::optional<WalHeader> parse_wal_header(ByteView bytes);
// A header with little-endian checksums and checkpoint sequence 0, and its checksum.
std::array<std::byte, kWalHeaderSize> make_wal_header(std::uint32_t page_size, Salts salts,
                                                      Checksum& checksum);

struct FrameHeader {
  std::uint32_t page = 0;
  std::uint32_t commit_pages = 0;  // 0 unless the frame ends a transaction
  Salts salts;
  Checksum checksum;
};

FrameHeader parse_frame_header(const std::byte* bytes);
void make_frame_header(std::byte* bytes, const FrameHeader& header);

// The running checksum after a frame, given as its header's first 8 bytes and its page.
Checksum carry_on_frame(Checksum sum, const std::byte* frame, std::uint32_t page_size, bool big_endian);

// The salts of the logs we write: "pitr", "ctl\0".
inline constexpr Salts kArchiveSalts{0x70697472, 0x63746c00};

// Writes a complete log file: a header, then frames under kArchiveSalts, summed anew.
class WalWriter {
 public:
  WalWriter(ByteSink& sink, std::uint32_t page_size);
  void frame(std::uint32_t page, std::uint32_t commit_pages, ByteView image);

 private:
  ByteSink& sink_;
  std::uint32_t page_size_;
  Checksum checksum_;
};

}  // namespace pitr::sqlite
