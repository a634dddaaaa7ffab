#include "engine/postgresql/segment_reader.hpp"

#include "base/crc32c.hpp"
#include "base/error.hpp"
#include "engine/postgresql/wal_format.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace pitr::postgresql {

namespace {

std::uint64_t aligned(std::uint64_t offset) {
  return (offset + kRecordAlignment - 1) / kRecordAlignment * kRecordAlignment;
}

std::uint64_t page_end(std::uint64_t offset) { return (offset / kPageSize + 1) * kPageSize; }

// The CRC covers what follows the header first, then the header up to the CRC itself.
bool crc_holds(const LogRecord& record) {
  constexpr std::size_t kCovered = 20;
  const std::uint32_t body = crc32c(record.bytes.subspan(kRecordHeaderSize));
  return crc32c_extended(body, record.bytes.first(kCovered)) == record.header.crc;
}

}  // namespace

SegmentReader::SegmentReader(ByteView segment, const SegmentHeader& header, std::string what)
    : segment_(segment), header_(header), what_(std::move(what)) {
  read_incoming();
}

Lsn SegmentReader::lsn_at(std::uint64_t offset) const { return {header_.page.address.value + offset}; }

void SegmentReader::fail(std::uint64_t offset, const std::string& problem) const {
  throw Error(Errc::corrupt, fmt::format("{} is damaged at LSN {}: {}", what_,
                                         format_lsn(lsn_at(offset), LsnNotation::hex_pair), problem));
}

// Checks the header of the page that begins at `offset`.
PageHeader SegmentReader::page_at(std::uint64_t offset) const {
  const PageHeader page = *parse_page_header(segment_.subspan(offset, kPageHeaderSize));
  const bool is_long = (page.info & kLongHeader) != 0;
  if (page.magic != header_.page.magic || (page.info & ~kAllPageInfo) != 0 || is_long != (offset == 0)) {
    fail(offset, "no page header is here");
  }
  if (page.address != lsn_at(offset)) {
    fail(offset, fmt::format("the page belongs to LSN {}", format_lsn(page.address, LsnNotation::hex_pair)));
  }
  if (page.timeline < header_.page.timeline) fail(offset, "the page is of an earlier timeline");
  return page;
}

void SegmentReader::read_incoming() {
  if (!header_.page.is_continued()) return;
  IncomingRecord incoming{header_.page.remaining, {}, {}};
  if (incoming.remaining == 0 || incoming.remaining > kMaxRecordSize)
    fail(0, "a record goes on with an impossible length");
  std::uint64_t left = incoming.remaining;
  while (left > 0 && at_ < segment_.size()) {
    const PageHeader page = page_at(at_);
    if (!page.is_continued() || page.remaining != left)
      fail(at_, "the record that began before does not go on");
    const std::uint64_t begin = at_ + page.size();
    const std::uint64_t length = std::min(left, at_ + kPageSize - begin);
    append(incoming.bytes, segment_.subspan(begin, length));
    left -= length;
    at_ = left > 0 ? at_ + kPageSize : aligned(begin + length);
  }
  if (left == 0) incoming.end = lsn_at(at_);
  incoming_ = std::move(incoming);
}

std::optional<LogRecord> SegmentReader::next() {
  while (at_ < segment_.size()) {
    if (at_ % kPageSize == 0) {
      const PageHeader page = page_at(at_);
      if (page.is_continued()) fail(at_, "the page goes on with a record that did not begin");
      at_ += page.size();
    }
    LogRecord record;
    record.start = lsn_at(at_);
    const std::uint32_t length = load_le32(&segment_[at_]);
    if (length == 0) fail(at_, "the log stops before the segment ends");
    if (length < kRecordHeaderSize || length > kMaxRecordSize) {
      fail(at_, fmt::format("a record has the impossible length of {}", length));
    }
    const auto bytes = assemble(at_, length);
    if (!bytes) continue;
    record.bytes = *bytes;
    record.header = parse_record_header(record.bytes);
    record.end = lsn_at(at_);
    check(record);
    last_ = record.start;
    if (record.header.manager == kXlogManager && (record.header.info & kXlogOperationMask) == kSwitch) {
      end_by_switch();
      record.end = lsn_at(at_);
    }
    return record;
  }
  return std::nullopt;
}

// Takes the record that starts at `start` together and moves behind it. Nothing when it goes on in the next
// segment, or was cut off by a crash: then a page flagged so goes on with other records.
std::optional<ByteView> SegmentReader::assemble(std::uint64_t start, std::uint32_t length) {
  if (start + length <= page_end(start)) {
    at_ = aligned(start + length);
    return segment_.subspan(start, length);
  }
  buffer_.clear();
  append(buffer_, segment_.subspan(start, page_end(start) - start));
  at_ = page_end(start);
  while (buffer_.size() < length) {
    if (at_ == segment_.size()) {
      outgoing_ = OutgoingRecord{lsn_at(start), length, std::move(buffer_)};
      buffer_ = {};
      return std::nullopt;
    }
    const PageHeader page = page_at(at_);
    if ((page.info & kFirstIsOverwrite) != 0) return std::nullopt;
    const std::uint64_t left = length - buffer_.size();
    if (!page.is_continued() || page.remaining != left) {
      fail(at_, fmt::format("the record at LSN {} does not go on",
                            format_lsn(lsn_at(start), LsnNotation::hex_pair)));
    }
    const std::uint64_t begin = at_ + page.size();
    const std::uint64_t taken = std::min(left, at_ + kPageSize - begin);
    append(buffer_, segment_.subspan(begin, taken));
    at_ = taken < left ? at_ + kPageSize : aligned(begin + taken);
  }
  return ByteView(buffer_);
}

void SegmentReader::check(const LogRecord& record) const {
  const std::uint64_t offset = record.start.value - header_.page.address.value;
  if (last_ && record.header.previous != *last_) {
    fail(offset, "a record does not follow the one before it");
  }
  if (!crc_holds(record)) fail(offset, "a record's CRC does not hold");
}

// PostgreSQL fills the rest of the segment with zeros.
void SegmentReader::end_by_switch() {
  const ByteView rest = segment_.subspan(at_);
  const auto stray = std::find_if(rest.begin(), rest.end(), [](std::byte b) { return b != std::byte{0}; });
  if (stray != rest.end())
    fail(at_ + static_cast<std::uint64_t>(stray - rest.begin()), "there is more log behind a segment switch");
  at_ = segment_.size();
  switched_ = true;
}

}  // namespace pitr::postgresql
