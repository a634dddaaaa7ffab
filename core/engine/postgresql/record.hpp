#pragma once

#include "base/bytes.hpp"
#include "base/time.hpp"
#include "model/ids.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

namespace pitr::postgresql {

// The header of a record.
struct RecordHeader {
  std::uint32_t length = 0;  // of the whole record
  Xid xid;                   // 0 where there is none
  Lsn previous;              // where the record before it starts
  std::uint8_t info = 0;
  std::uint8_t manager = 0;
  std::uint32_t crc = 0;
};

// bytes: kRecordHeaderSize of them at least. Checks no value.
RecordHeader parse_record_header(ByteView bytes);

// The end, or the preparation, of a transaction.
struct TransactionRecord {
  enum class Kind { commit, abort, prepare };
  Kind kind = Kind::commit;
  bool prepared = false;  // COMMIT PREPARED, ROLLBACK PREPARED
  Xid xid;                // of the transaction that ends
  Timestamp time;
};

// pg_create_restore_point()
struct RestorePointRecord {
  std::string name;
  Timestamp time;
};

struct CheckpointRecord {
  bool shutdown = false;
  Lsn redo;
  TimelineId timeline;
  TimelineId previous_timeline;
  Xid next_xid;    // all 64 bits of it
  Timestamp time;  // to the second
};

struct EndOfRecoveryRecord {
  Timestamp time;
  TimelineId timeline;
  TimelineId previous_timeline;
};

// The rest of the segment is empty.
struct SwitchRecord {};

// The record that begins at `broken`, whose end was lost in a crash, is to be skipped.
struct OverwriteRecord {
  Lsn broken;
};

struct OtherRecord {};

using RecordContent = std::variant<OtherRecord, TransactionRecord, RestorePointRecord, CheckpointRecord,
                                   EndOfRecoveryRecord, SwitchRecord, OverwriteRecord>;

// Whether recovery needs to know what such a record says; all others are OtherRecord.
bool is_decoded(const RecordHeader& header);

// What a record says, as far as recovery needs it. record: the whole record, its CRC checked; nothing where
// its parts do not add up. major: the version of PostgreSQL that wrote it.
std::optional<RecordContent> decode_record(ByteView record, int major);

}  // namespace pitr::postgresql
