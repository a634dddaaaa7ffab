#pragma once

#include "engine/sochdb/log_reader.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace pitr::sochdb {

// The end of a transaction, as its record says.
struct TransactionEnd {
  LogPlace start;  // of the record
  LogPlace end;
  Xid xid;
  std::uint64_t time_us = 0;  // as stored: see clock_time()
};

struct Commit : TransactionEnd {
  bool counted = false;      // false: nothing was open under its id, and it does nothing
  std::uint64_t writes = 0;  // that it brings to life
};

struct UnfinishedTransaction {
  Xid xid;
  std::uint64_t writes = 0;
};

// A stretch of time.
struct TimeSpan {
  Timestamp first;
  Timestamp last;
};

// What the records of a log tell, in log order.
struct LogFacts {
  LogPlace start;
  std::uint64_t records = 0;
  std::uint64_t sealed = 0;  // of them, those that could not be read without a key
  std::vector<Commit> commits;
  std::vector<TransactionEnd> aborts;
  std::map<RecordType, std::uint64_t> others;     // how many of each type without effect
  std::optional<LogPlace> last_checkpoint;        // before the record
  std::vector<UnfinishedTransaction> unfinished;  // at the end, by id
  std::vector<Xid> ambiguous;                     // committed more than once, ascending
  std::optional<TimeSpan> times;  // of commits, in no order; without times that no clock showed
  LogStop stop;
};

// Reads a log to its end.
LogFacts read_log_facts(LogReader& reader);

}  // namespace pitr::sochdb
