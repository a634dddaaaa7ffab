#pragma once

#include "engine/postgresql/segment_name.hpp"
#include "engine/postgresql/segment_reader.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace pitr::postgresql {

// The end of a transaction, and the record that tells of it.
struct TransactionEnd {
  Lsn start;
  Lsn end;
  TransactionRecord record;
};

struct NamedPoint {
  Lsn start;
  Lsn end;
  RestorePointRecord record;
};

// What one segment's records tell. Records that come in from the segment before, or go on in the next one,
// are not among them.
struct SegmentScan {
  SegmentHeader header;
  std::uint64_t records = 0;
  std::vector<TransactionEnd> ends;  // commits and aborts, in log order
  std::vector<NamedPoint> restore_points;
  std::optional<CheckpointRecord> first_checkpoint;
  std::optional<CheckpointRecord> last_checkpoint;
  std::optional<Lsn> previous;  // what the first record that starts here says: where the one before it starts
  std::optional<Lsn> last_start;  // where the last record that starts here starts
  std::optional<Lsn> last_whole;  // where the last record that also ends here starts
  std::optional<IncomingRecord> incoming;
  std::optional<OutgoingRecord> outgoing;
  bool switched = false;
};

// Throws Errc::corrupt when a segment of this header cannot have that name.
void check_segment_name(const SegmentHeader& header, ByteView segment, const SegmentName& name,
                        const std::string& what);

// segment: all of it. name: as it is to be stored; its timeline may be later than the one the segment begins
// with. Throws Errc::corrupt for anything but a whole, sound segment of that name.
SegmentScan scan_segment(ByteView segment, const SegmentName& name, const std::string& what);

}  // namespace pitr::postgresql
