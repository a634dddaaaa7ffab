#pragma once

#include "base/bytes.hpp"
#include "base/json.hpp"
#include "engine/postgresql/segment_reader.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace pitr::postgresql {

// A record that goes on in the next segment, as far as the segments before hold it: enough to check it, and
// to read it if recovery has to know what it says, once the next segment is there.
struct CrossingRecord {
  Lsn start;
  std::uint32_t length = 0;  // of the whole record
  std::uint32_t taken = 0;   // bytes of it so far
  std::uint32_t crc = 0;     // CRC-32C of those behind the header
  // All that is taken, if recovery has to know the record and it is not larger than kMaxKeptRecord; else what
  // there is of its header.
  Bytes head;
};

inline constexpr std::size_t kMaxKeptRecord = std::size_t{16} << 20U;

CrossingRecord begin_crossing(const OutgoingRecord& outgoing);
// It goes through a whole segment. Throws Errc::log_conflict, naming `what`, when that is another record.
CrossingRecord extend_crossing(const CrossingRecord& crossing, const IncomingRecord& incoming,
                               const std::string& what);

// Its end was found. Throws Errc::log_conflict when that is another record's, and Errc::corrupt when its CRC
// does not hold. The whole record, if all of it was kept.
std::optional<Bytes> complete_crossing(const CrossingRecord& crossing, const IncomingRecord& incoming,
                                       const std::string& what);

Json to_json(const CrossingRecord& crossing);
// Throws Errc::corrupt, naming `what`.
CrossingRecord crossing_from_json(const Json& json, const std::string& what);

}  // namespace pitr::postgresql
