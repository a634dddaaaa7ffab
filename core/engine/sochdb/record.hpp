#pragma once

#include "base/bytes.hpp"
#include "base/time.hpp"
#include "model/ids.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace pitr::sochdb {

// A record of SochDB's log, version 2. Numbers are little-endian.
//
//   0       1  type
//   1       8  transaction id
//   9       8  time, microseconds since 1970-01-01 UTC
//   17      4  key length k
//   21      4  value length v
//   25      k  key
//   25+k    v  value
//   25+k+v  4  CRC-32 of all before it
//
// The begin of transaction 0x109200000001:
//
//   10 0100000092100000 0a40b38be6520600 00000000 00000000 8b8d0dc5
inline constexpr std::size_t kRecordHeaderSize = 25;
inline constexpr std::size_t kMinRecordSize = kRecordHeaderSize + 4;

// Stored by SochDB. Only data and the first three of transactions have an effect.
enum class RecordType : std::uint8_t {
  data = 0x01,
  page_update = 0x02,
  deletion = 0x03,
  begin = 0x10,
  commit = 0x11,
  abort = 0x12,
  savepoint = 0x13,
  rollback_to_savepoint = 0x14,
  transaction_end = 0x15,
  checkpoint = 0x20,
  checkpoint_end = 0x21,
  schema_change = 0x30,
  compensation = 0x40,
  compaction = 0x50,
  flush = 0x51,
  batch_begin = 0x60,
  batch_commit = 0x61,
};

bool is_record_type(std::uint8_t type);

// Key and value belong to whoever the record was read from.
struct Record {
  RecordType type = RecordType::data;
  Xid xid;
  std::uint64_t time_us = 0;  // as stored: see clock_time()
  ByteView key;
  ByteView value;
};

// Nothing unless bytes are exactly one record: a type that is known, lengths that add up, and a CRC that
// holds.
std::optional<Record> parse_record(ByteView bytes);

// Whether the first bytes of a record of `size` bytes may be these; size is at least kMinRecordSize.
bool may_begin_record(ByteView bytes, std::size_t size);

// When a record was written. Nothing for a time that no clock showed: SochDB's threads count from 1970 for
// their first millisecond, and a year beyond 9999 is no time either.
std::optional<Timestamp> clock_time(std::uint64_t time_us);

}  // namespace pitr::sochdb
