#pragma once

#include "model/point.hpp"
#include "model/segment_manifest.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace pitr {

// A commit as a scan of its segment shows it. Made after (or at) not_before and not later than not_after:
// equal where the log holds the time itself. point.time is not_after.
struct CommitFact {
  Point point;
  std::optional<Timestamp> not_before;
  std::optional<Timestamp> not_after;
};

// A record at which a restore to a time may stop, because the log says when it was written: the end of a
// transaction, be it a commit or not.
struct TimedRecord {
  Lsn start;
  Lsn end;
  Timestamp time;
  std::optional<Xid> xid{};  // of the transaction that ends
};

// What an engine's log tells by itself.
struct LogTraits {
  bool restore_points = false;  // a name may stand in any segment's manifest
  bool times = false;           // commits bear the time they were made at
  bool short_xids = false;      // ids below 2^32 are given out again and again: one may stand for several
};

// What a segment's payload tells.
struct SegmentFacts {
  std::uint64_t records = 0;
  std::vector<CommitFact> commits;  // in log order
  std::vector<TimedRecord> timed;   // in log order; only of logs that hold times
  std::uint64_t sealed = 0;         // of the records, those that could not be read for want of the key
};

}  // namespace pitr
