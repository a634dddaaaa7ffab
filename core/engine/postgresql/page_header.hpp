#pragma once

#include "base/bytes.hpp"
#include "model/ids.hpp"

#include <cstdint>
#include <optional>

namespace pitr::postgresql {

// The header of one page of the log.
struct PageHeader {
  std::uint16_t magic = 0;
  std::uint16_t info = 0;
  TimelineId timeline;
  Lsn address;
  std::uint32_t remaining = 0;  // of the record that goes on from the page before

  [[nodiscard]] bool is_continued() const;
  [[nodiscard]] std::uint32_t size() const;
};

// Nothing when there are not enough bytes. Checks no value.
std::optional<PageHeader> parse_page_header(ByteView page);

// What the long header of a segment's first page tells.
struct SegmentHeader {
  PageHeader page;
  int major = 0;  // version of PostgreSQL that wrote it
  std::uint64_t system_identifier = 0;
  std::uint32_t segment_size = 0;
};

// Throws Errc::corrupt, naming `what`, for anything but the beginning of a segment written by PostgreSQL 13
// to 18, and usage for one of another version.
SegmentHeader parse_segment_header(ByteView segment, const std::string& what);

}  // namespace pitr::postgresql
