#include "engine/postgresql/page_header.hpp"

#include "base/error.hpp"
#include "engine/postgresql/wal_format.hpp"

#include <array>
#include <bit>
#include <string>

#include <fmt/format.h>

namespace pitr::postgresql {

namespace {

struct Version {
  std::uint16_t magic;
  int major;
};

// XLOG_PAGE_MAGIC of each major version.
constexpr std::array<Version, 6> kVersions = {
    {{0xD106, 13}, {0xD10D, 14}, {0xD110, 15}, {0xD113, 16}, {0xD116, 17}, {0xD118, 18}}};
// Every version that ever was, and those soon to come, have a magic like this.
constexpr std::uint16_t kMagicFamily = 0xD000;
constexpr std::uint16_t kMagicFamilyMask = 0xFE00;

int major_of(std::uint16_t magic, const std::string& what) {
  for (const Version& version : kVersions) {
    if (version.magic == magic) return version.major;
  }
  if ((magic & kMagicFamilyMask) == kMagicFamily) {
    throw Error(Errc::usage,
                fmt::format("{} was written by an unsupported version of PostgreSQL (page magic {:04X})",
                            what, magic),
                "versions 13 to 18 are supported");
  }
  throw Error(Errc::corrupt, fmt::format("{} is no WAL segment: its page magic is {:04X}", what, magic),
              "pass the %p of archive_command: a file from pg_wal");
}

}  // namespace

bool PageHeader::is_continued() const { return (info & kFirstIsContinued) != 0; }

std::uint32_t PageHeader::size() const {
  return (info & kLongHeader) != 0 ? kLongPageHeaderSize : kPageHeaderSize;
}

std::optional<PageHeader> parse_page_header(ByteView page) {
  if (page.size() < kPageHeaderSize) return std::nullopt;
  PageHeader header;
  header.magic = load_le16(&page[0]);
  header.info = load_le16(&page[2]);
  header.timeline = {load_le32(&page[4])};
  header.address = {load_le64(&page[8])};
  header.remaining = load_le32(&page[16]);
  return header;
}

SegmentHeader parse_segment_header(ByteView segment, const std::string& what) {
  const auto page = parse_page_header(segment);
  if (!page || segment.size() < kLongPageHeaderSize) {
    throw Error(Errc::corrupt,
                fmt::format("{} is too short for a WAL segment: {} bytes", what, segment.size()),
                "the file was cut off; PostgreSQL's own copy in pg_wal is whole");
  }
  SegmentHeader header;
  header.page = *page;
  header.major = major_of(page->magic, what);
  header.system_identifier = load_le64(&segment[24]);
  header.segment_size = load_le32(&segment[32]);
  const std::uint32_t page_size = load_le32(&segment[36]);
  const bool sound = (page->info & kLongHeader) != 0 && (page->info & ~kAllPageInfo) == 0 &&
                     page_size == kPageSize && std::has_single_bit(header.segment_size) &&
                     header.segment_size >= kMinSegmentSize && header.segment_size <= kMaxSegmentSize &&
                     page->timeline.value != 0 && page->address.value % header.segment_size == 0;
  if (!sound) {
    throw Error(Errc::corrupt, fmt::format("{} does not begin as a WAL segment does", what),
                "its first page is damaged, or PostgreSQL was built with pages of another size than 8192");
  }
  return header;
}

}  // namespace pitr::postgresql
