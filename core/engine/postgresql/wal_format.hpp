#pragma once

#include <cstddef>
#include <cstdint>

// PostgreSQL's write-ahead log as it lies in its files. Facts: access/xlog_internal.h, access/xlogrecord.h,
// access/rmgrlist.h and access/xact.h of PostgreSQL 13 to 18. All integers are little-endian.
namespace pitr::postgresql {

// Major versions that are read and restored.
inline constexpr int kOldestMajor = 13;
inline constexpr int kNewestMajor = 18;

inline constexpr std::uint32_t kPageSize = 8192;
inline constexpr std::uint32_t kMinSegmentSize = 1U << 20U;
inline constexpr std::uint32_t kMaxSegmentSize = 1U << 30U;

// A page header, and the long one of a segment's first page.
//   0 magic (2)   2 info (2)   4 timeline (4)   8 page address (8)   16 remaining length (4)   20 padding (4)
//   24 system identifier (8)   32 segment size (4)   36 page size (4)
inline constexpr std::uint32_t kPageHeaderSize = 24;
inline constexpr std::uint32_t kLongPageHeaderSize = 40;

enum PageInfo : std::uint16_t {
  kFirstIsContinued = 0x1,
  kLongHeader = 0x2,
  kBackupBlocksRemovable = 0x4,
  kFirstIsOverwrite = 0x8,
  kAllPageInfo = 0xF,
};

// A record header; no padding behind it.
//   0 total length (4)   4 xid (4)   8 LSN of the record before (8)   16 info (1)   17 resource manager (1)
//   18 zero (2)   20 CRC-32C over bytes 24.. and then 0..19 (4)
inline constexpr std::uint32_t kRecordHeaderSize = 24;
inline constexpr std::uint32_t kRecordAlignment = 8;
inline constexpr std::uint32_t kMaxRecordSize = 1020U << 20U;  // XLogRecordMaxSize

inline constexpr std::uint8_t kXlogManager = 0;
inline constexpr std::uint8_t kTransactionManager = 1;

// Operations of the XLOG manager: the high four bits of info.
enum XlogOperation : std::uint8_t {
  kCheckpointShutdown = 0x00,
  kCheckpointOnline = 0x10,
  kSwitch = 0x40,
  kBackupEnd = 0x50,
  kRestorePoint = 0x70,
  kEndOfRecovery = 0x90,
  kOverwriteContinued = 0xD0,
};
inline constexpr std::uint8_t kXlogOperationMask = 0xF0;

// Operations of the transaction manager: info & 0x70. 0x80 says that xinfo follows the time.
enum TransactionOperation : std::uint8_t {
  kCommit = 0x00,
  kPrepare = 0x10,
  kAbort = 0x20,
  kCommitPrepared = 0x30,
  kAbortPrepared = 0x40,
};
inline constexpr std::uint8_t kTransactionOperationMask = 0x70;
inline constexpr std::uint8_t kHasXinfo = 0x80;

}  // namespace pitr::postgresql
