// The log in a segment, behind a manifest made to fit. The first byte of the input chooses: its low bit
// whether the checksums are set right first (else almost everything is refused at the first frame), the next
// three the page size.

#include "base/error.hpp"
#include "engine/sqlite/position.hpp"
#include "engine/sqlite/scan.hpp"
#include "engine/sqlite/wal.hpp"
#include "input_source.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace {

using namespace pitr;
using namespace pitr::sqlite;

struct Walk {
  std::uint64_t frames = 0;
  std::uint64_t commits = 0;
  std::uint32_t pages = 0;
  std::uint64_t first_commit_frame = 0;
  Checksum original;
};

void repair_header(Bytes& log, std::uint32_t page_size, Checksum& sum) {
  const auto header = make_wal_header(page_size, kArchiveSalts, sum);
  std::copy(header.begin(), header.end(), log.begin());
}

Walk walk(Bytes& log, std::uint32_t page_size, bool repair) {
  Walk found;
  Checksum sum;
  if (log.size() < kWalHeaderSize) return found;
  if (repair) repair_header(log, page_size, sum);
  const std::size_t frame_size = kFrameHeaderSize + page_size;
  for (std::size_t at = kWalHeaderSize; at + frame_size <= log.size(); at += frame_size) {
    FrameHeader header = parse_frame_header(log.data() + at);
    if (repair) {
      header.salts = kArchiveSalts;
      header.checksum = sum = carry_on_frame(sum, log.data() + at, page_size, false);
      make_frame_header(log.data() + at, header);
    }
    found.original = carry_on_frame(found.original, log.data() + at, page_size, false);
    ++found.frames;
    if (header.commit_pages == 0) continue;
    if (++found.commits == 1) found.first_commit_frame = found.frames;
    found.pages = header.commit_pages;
  }
  return found;
}

SegmentManifest manifest_for(const Walk& log, std::uint32_t page_size) {
  SegmentManifest manifest;
  manifest.timeline = {1};
  manifest.number = {7};
  manifest.start_lsn = {100};
  manifest.end_lsn = {100 + log.frames};
  manifest.commits.count = log.commits;
  SegmentData data;
  data.file = "app.db";
  data.position.page_size = page_size;
  data.position.page_count = log.pages;
  data.position.xid = {10};
  data.position.place.frame = static_cast<std::uint32_t>(log.frames);
  data.position.place.checksum = log.original;
  if (log.frames > 0) data.first_frame = 1;
  if (log.commits > 0) {
    const Timestamp seen{};
    manifest.commits.first = Point{{100 + log.first_commit_frame}, seen, Xid{10 - log.commits + 1}};
    manifest.commits.last = Point{{100 + log.frames}, seen, Xid{10}};
  }
  manifest.engine_data = to_json(data);
  return manifest;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size == 0) return 0;
  const std::uint32_t page_size = 512U << ((bytes[0] >> 1U) & 7U);
  const ByteView input = std::as_bytes(std::span(bytes + 1, size - 1));
  Bytes log(input.begin(), input.end());
  (void)parse_wal_header(log);
  const Walk found = walk(log, page_size, (bytes[0] & 1U) != 0);
  const SegmentManifest manifest = manifest_for(found, page_size);
  fuzz::InputSource source(log);
  try {
    const SegmentFacts facts = scan_segment(manifest, source);
    if (facts.records != found.frames || facts.commits.size() != found.commits) __builtin_trap();
  } catch (const Error& error) {
    if (error.code() != Errc::corrupt) __builtin_trap();
  }
  return 0;
}
