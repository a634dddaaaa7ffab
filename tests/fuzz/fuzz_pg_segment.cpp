// A segment of PostgreSQL's log: any bytes may stand there. The fuzzer finds neither addresses nor CRCs by
// itself, so that the first byte may ask for page headers that fit, and for records that link to each other
// with CRCs that hold.

#include "base/crc32c.hpp"
#include "base/error.hpp"
#include "engine/postgresql/segment_scan.hpp"
#include "engine/postgresql/wal_format.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace {

using namespace pitr;
using namespace pitr::postgresql;

constexpr std::size_t kMaxPages = 4;
constexpr std::uint64_t kStart = 3ULL * kMinSegmentSize;

void store_le64(std::byte* at, std::uint64_t value) {
  store_le32(at, static_cast<std::uint32_t>(value));
  store_le32(at + 4, static_cast<std::uint32_t>(value >> 32U));
}

void repair_page(std::span<std::byte> page, std::uint64_t offset, unsigned magic) {
  page[0] = static_cast<std::byte>(magic & 0xFFU);
  page[1] = static_cast<std::byte>(magic >> 8U);
  page[2] = (page[2] & std::byte{kFirstIsContinued | kFirstIsOverwrite}) |
            std::byte{offset == 0 ? std::uint8_t{kLongHeader} : std::uint8_t{0}};
  page[3] = std::byte{0};
  store_le32(&page[4], 1);
  store_le64(&page[8], kStart + offset);
  if (offset != 0) return;
  store_le32(&page[32], kMinSegmentSize);
  store_le32(&page[36], kPageSize);
}

// Those that lie in one page.
void repair_records(Bytes& segment) {
  std::uint64_t previous = 0;
  for (std::size_t page = 0; page < segment.size(); page += kPageSize) {
    std::size_t at = page + (page == 0 ? kLongPageHeaderSize : kPageHeaderSize);
    while (at + kRecordHeaderSize <= page + kPageSize) {
      const std::size_t length = load_le32(&segment[at]);
      if (length < kRecordHeaderSize || length > page + kPageSize - at) break;
      store_le64(&segment[at + 8], previous);
      const ByteView record = ByteView(segment).subspan(at, length);
      store_le32(&segment[at + 20],
                 crc32c_extended(crc32c(record.subspan(kRecordHeaderSize)), record.first(20)));
      previous = kStart + at;
      at += (length + kRecordAlignment - 1) / kRecordAlignment * kRecordAlignment;
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size < 2) return 0;
  const std::uint8_t wishes = bytes[0];
  const std::size_t length = std::min(size - 1, kMaxPages * kPageSize);
  Bytes segment((length + kPageSize - 1) / kPageSize * kPageSize);
  std::memcpy(segment.data(), bytes + 1, length);
  if ((wishes & 1U) != 0) {
    const unsigned magic = (wishes & 4U) != 0 ? 0xD118U : 0xD110U;
    for (std::size_t at = 0; at < segment.size(); at += kPageSize) {
      repair_page(std::span(segment).subspan(at, kPageSize), at, magic);
    }
  }
  if ((wishes & 2U) != 0) repair_records(segment);
  try {
    const SegmentHeader header = parse_segment_header(segment, "input");
    SegmentReader reader(segment, header, "input");
    while (const auto record = reader.next()) {
      if (record->bytes.size() != record->header.length || record->end <= record->start) __builtin_trap();
      (void)decode_record(record->bytes, header.major);
    }
  } catch (const Error& error) {
    if (error.code() != Errc::corrupt && error.code() != Errc::usage) __builtin_trap();
  }
  return 0;
}
