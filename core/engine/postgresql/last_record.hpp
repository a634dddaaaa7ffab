#pragma once

#include "engine/engine.hpp"

namespace pitr::postgresql {

// Where a record begins, and where the next one may.
struct RecordPlace {
  Lsn start;
  Lsn end;
};

// The last record of a chain that ends at or before `stop`, or, where the snapshot is not consistent yet at
// `stop`, at or before its consistent_lsn. Reads as few segments as it can, from the end, each of them whole
// in memory. Throws Errc::corrupt when the log holds no such record, or does not end a record where the
// snapshot becomes consistent; Errc::internal when the record begins before the chain does.
RecordPlace last_record(const ChainContents& contents, Lsn stop);

}  // namespace pitr::postgresql
