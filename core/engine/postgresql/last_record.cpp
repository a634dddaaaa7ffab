#include "engine/postgresql/last_record.hpp"

#include "base/error.hpp"
#include "engine/postgresql/segment_reader.hpp"
#include "engine/postgresql/wal_format.hpp"

#include <algorithm>
#include <optional>
#include <string>

#include <fmt/format.h>

namespace pitr::postgresql {

namespace {

std::string shown(Lsn lsn) { return format_lsn(lsn, LsnNotation::hex_pair); }

std::string name_of(const SegmentManifest& manifest) {
  return fmt::format("segment {} of timeline {}", manifest.number.value, manifest.timeline.value);
}

Bytes read_segment(const ChainContents& contents, std::size_t index) {
  const SegmentManifest& manifest = contents.segments()[index].manifest;
  if (manifest.payload.size > kMaxSegmentSize)
    throw Error(Errc::corrupt, fmt::format("{} is larger than any segment can be", name_of(manifest)));
  Bytes bytes(manifest.payload.size);
  const auto source = contents.open_segment(index);
  std::size_t size = 0;
  while (size < bytes.size()) {
    const std::size_t got = source->read(std::span(bytes).subspan(size));
    if (got == 0) break;
    size += got;
  }
  std::byte beyond{};
  if (size != bytes.size() || source->read({&beyond, 1}) != 0)
    throw Error(Errc::corrupt, fmt::format("{} has not the size its manifest says", name_of(manifest)));
  return bytes;
}

// What one segment shows of the records that end at or before `stop`.
struct Found {
  std::optional<RecordPlace> last;    // begins and ends in the segment
  std::optional<Lsn> incoming_end;    // one that began before it ends here
  std::optional<Lsn> outgoing_start;  // of the record that leaves it
};

Found search(const ChainContents& contents, std::size_t index, Lsn stop) {
  const std::string name = name_of(contents.segments()[index].manifest);
  const Bytes bytes = read_segment(contents, index);
  const SegmentHeader header = parse_segment_header(bytes, name);
  if (bytes.size() != header.segment_size ||
      header.page.address != contents.segments()[index].manifest.start_lsn)
    throw Error(Errc::corrupt, fmt::format("{} holds another segment", name));
  SegmentReader reader(bytes, header, name);
  Found found;
  if (reader.incoming() && reader.incoming()->end && *reader.incoming()->end <= stop)
    found.incoming_end = reader.incoming()->end;
  while (const auto record = reader.next()) {
    if (record->end > stop) return found;
    found.last = RecordPlace{record->start, record->end};
  }
  if (reader.outgoing()) found.outgoing_start = reader.outgoing()->start;
  return found;
}

RecordPlace search_backwards(const ChainContents& contents, Lsn stop) {
  std::optional<Lsn> end;  // of a record that ends in a later segment, and began before it
  const auto& segments = contents.segments();
  for (std::size_t i = segments.size(); i-- > 0;) {
    const SegmentManifest& manifest = segments[i].manifest;
    if (manifest.start_lsn >= stop) continue;
    // The last one's part ends where the target lies, which may be before the snapshot is consistent.
    const Lsn part_end = i + 1 == segments.size() ? manifest.end_lsn : segments[i].to;
    const Found found = search(contents, i, end ? part_end : std::min(stop, part_end));
    if (end && found.outgoing_start) return {*found.outgoing_start, *end};
    if (end && (found.last || found.incoming_end))
      throw Error(Errc::corrupt,
                  fmt::format("the record that ends at LSN {} does not begin in the log", shown(*end)));
    if (found.last) return *found.last;
    if (found.incoming_end) end = found.incoming_end;
  }
  if (end)
    throw Error(Errc::internal,
                fmt::format("the record that ends at LSN {} begins before the log of the plan", shown(*end)));
  throw Error(Errc::corrupt, fmt::format("the log of the plan holds no record up to LSN {}", shown(stop)));
}

}  // namespace

RecordPlace last_record(const ChainContents& contents, Lsn stop) {
  const Lsn consistent = contents.snapshot().consistent_lsn;
  const RecordPlace last = search_backwards(contents, std::max(stop, consistent));
  if (last.end < consistent) {
    throw Error(Errc::corrupt,
                fmt::format("the log ends a record at LSN {}, and the next one not before LSN {}, where the "
                            "snapshot becomes consistent",
                            shown(last.end), shown(consistent)));
  }
  return last;
}

}  // namespace pitr::postgresql
