#include "engine/postgresql/crossing_record.hpp"

#include "base/crc32c.hpp"
#include "base/digest.hpp"
#include "base/error.hpp"
#include "engine/postgresql/wal_format.hpp"
#include "model/fields.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace pitr::postgresql {

namespace {

// A record's header covers its CRC last; the rest of it comes first.
constexpr std::size_t kHeaderCovered = 20;

bool is_kept(ByteView head) {
  if (head.size() < kRecordHeaderSize) return true;
  return is_decoded(parse_record_header(head));
}

void shorten(CrossingRecord& crossing) {
  if (is_kept(crossing.head) && crossing.head.size() <= kMaxKeptRecord) return;
  crossing.head.resize(std::min<std::size_t>(crossing.head.size(), kRecordHeaderSize));
}

// Takes more of the record's bytes.
void take(CrossingRecord& crossing, ByteView bytes) {
  const bool has_all = crossing.head.size() == crossing.taken;
  const std::size_t of_header = crossing.taken >= kRecordHeaderSize
                                    ? 0
                                    : std::min<std::size_t>(kRecordHeaderSize - crossing.taken, bytes.size());
  if (has_all) append(crossing.head, bytes);
  crossing.crc = crc32c_extended(crossing.crc, bytes.subspan(of_header));
  crossing.taken += static_cast<std::uint32_t>(bytes.size());
}

void check_goes_on(const CrossingRecord& crossing, const IncomingRecord& incoming, const std::string& what) {
  if (std::uint64_t{crossing.taken} + incoming.remaining == crossing.length) return;
  throw Error(Errc::log_conflict,
              fmt::format("{} does not go on with the record that the segment before ends in, at LSN {}: {} "
                          "bytes are left of it there, and {} here",
                          what, format_lsn(crossing.start, LsnNotation::hex_pair),
                          crossing.length - crossing.taken, incoming.remaining));
}

}  // namespace

CrossingRecord begin_crossing(const OutgoingRecord& outgoing) {
  CrossingRecord crossing;
  crossing.start = outgoing.start;
  crossing.length = outgoing.length;
  take(crossing, outgoing.bytes);
  shorten(crossing);
  return crossing;
}

CrossingRecord extend_crossing(const CrossingRecord& crossing, const IncomingRecord& incoming,
                               const std::string& what) {
  check_goes_on(crossing, incoming, what);
  CrossingRecord extended = crossing;
  take(extended, incoming.bytes);
  shorten(extended);
  return extended;
}

std::optional<Bytes> complete_crossing(const CrossingRecord& crossing, const IncomingRecord& incoming,
                                       const std::string& what) {
  check_goes_on(crossing, incoming, what);
  CrossingRecord whole = crossing;
  take(whole, incoming.bytes);
  const RecordHeader header = parse_record_header(whole.head);
  if (crc32c_extended(whole.crc, ByteView(whole.head).first(kHeaderCovered)) != header.crc) {
    throw Error(Errc::corrupt, fmt::format("{} is damaged: the CRC of the record that goes on from LSN {} "
                                           "does not hold",
                                           what, format_lsn(crossing.start, LsnNotation::hex_pair)));
  }
  if (whole.head.size() < whole.length) return std::nullopt;
  return std::move(whole.head);
}

Json to_json(const CrossingRecord& crossing) {
  Json json = Json::object();
  json["start"] = json_lsn(crossing.start, LsnNotation::hex_pair);
  json["length"] = crossing.length;
  json["taken"] = crossing.taken;
  json["crc"] = crossing.crc;
  json["head"] = to_hex(crossing.head);
  return json;
}

CrossingRecord crossing_from_json(const Json& json, const std::string& what) {
  const JsonReader reader(json, what);
  CrossingRecord crossing;
  crossing.start = read_lsn(reader, "start", LsnNotation::hex_pair);
  crossing.length = reader.u32("length");
  crossing.taken = reader.u32("taken");
  crossing.crc = reader.u32("crc");
  crossing.head = from_hex(reader.string("head"));
  if (crossing.length < kRecordHeaderSize || crossing.length > kMaxRecordSize)
    reader.fail("length", "is not that of a record");
  if (crossing.taken >= crossing.length) reader.fail("taken", "leaves nothing to go on with");
  const std::size_t least = std::min(crossing.taken, kRecordHeaderSize);
  if (crossing.head.size() < least || crossing.head.size() > crossing.taken)
    reader.fail("head", "is not the beginning of the record");
  return crossing;
}

}  // namespace pitr::postgresql
