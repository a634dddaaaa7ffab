#include "engine/postgresql/record.hpp"

#include "base/crc32c.hpp"
#include "engine/postgresql/wal_format.hpp"

namespace pitr::postgresql {

namespace {

// PostgreSQL counts microseconds from 2000-01-01 00:00:00 UTC.
constexpr std::int64_t kEpochSeconds = 946684800;
constexpr std::int64_t kMicroseconds = 1000000;

// Times of a log that is sound, but written by a clock that was not, may be anything; they stay in range.
Timestamp time_of(std::int64_t microseconds_since_2000) {
  std::int64_t value = 0;
  if (__builtin_add_overflow(microseconds_since_2000, kEpochSeconds * kMicroseconds, &value)) value = 0;
  return Timestamp{value};
}

Timestamp time_of_unix(std::int64_t seconds) {
  std::int64_t value = 0;
  if (__builtin_mul_overflow(seconds, kMicroseconds, &value)) value = 0;
  return Timestamp{value};
}

// Walks over bytes and never beyond them.
class Cursor {
 public:
  explicit Cursor(ByteView bytes) : bytes_(bytes) {}

  [[nodiscard]] std::size_t left() const { return bytes_.size(); }
  bool skip(std::uint64_t length) {
    if (length > bytes_.size()) return false;
    bytes_ = bytes_.subspan(length);
    return true;
  }
  std::optional<std::uint8_t> u8() { return number<std::uint8_t>(); }
  std::optional<std::uint16_t> u16() { return number<std::uint16_t>(); }
  std::optional<std::uint32_t> u32() { return number<std::uint32_t>(); }
  std::optional<std::uint64_t> u64() { return number<std::uint64_t>(); }

 private:
  template <typename T>
  std::optional<T> number() {
    if (bytes_.size() < sizeof(T)) return std::nullopt;
    T value = 0;
    for (std::size_t i = sizeof(T); i-- > 0;) {
      value = static_cast<T>((std::uint64_t{value} << 8U) | std::to_integer<std::uint64_t>(bytes_[i]));
    }
    bytes_ = bytes_.subspan(sizeof(T));
    return value;
  }

  ByteView bytes_;
};

// The ids of the sub-headers, which come before all data; others are block references.
constexpr std::uint8_t kMainDataShort = 255;
constexpr std::uint8_t kMainDataLong = 254;
constexpr std::uint8_t kOrigin = 253;
constexpr std::uint8_t kTopLevelXid = 252;

// Main data is the last of a record, and its sub-header the last of them. The records that matter here have
// no blocks, so that a block reference ends the search.
std::optional<ByteView> main_data(ByteView record) {
  Cursor at(record.subspan(kRecordHeaderSize));
  while (at.left() > 0) {
    const std::uint8_t id = *at.u8();
    if (id == kOrigin) {
      if (!at.skip(2)) return std::nullopt;
    } else if (id == kTopLevelXid) {
      if (!at.skip(4)) return std::nullopt;
    } else if (id == kMainDataShort || id == kMainDataLong) {
      const auto length = id == kMainDataShort ? std::optional<std::uint32_t>(at.u8()) : at.u32();
      if (!length || *length != at.left()) return std::nullopt;
      return record.last(*length);
    } else {
      return std::nullopt;
    }
  }
  return ByteView();
}

// The parts of the main data of a commit or abort, each there only with its bit in xinfo, in this order.
enum Xinfo : std::uint32_t {
  kHasDatabase = 0x001,
  kHasSubtransactions = 0x002,
  kHasFiles = 0x004,
  kHasMessages = 0x008,
  kHasPrepared = 0x010,
  kHasStatistics = 0x100,
};

// A count of four bytes, then as many entries.
bool skip_list(Cursor& at, std::uint64_t entry_size) {
  const auto count = at.u32();
  return count && at.skip(*count * entry_size);
}

bool skip_to_prepared_xid(Cursor& at, std::uint32_t xinfo, std::uint64_t statistics_entry) {
  if ((xinfo & kHasDatabase) != 0 && !at.skip(8)) return false;
  if ((xinfo & kHasSubtransactions) != 0 && !skip_list(at, 4)) return false;
  if ((xinfo & kHasFiles) != 0 && !skip_list(at, 12)) return false;
  if ((xinfo & kHasStatistics) != 0 && !skip_list(at, statistics_entry)) return false;
  return (xinfo & kHasMessages) == 0 || skip_list(at, 16);
}

// Since version 18 a dropped statistics entry has an object id of 8 bytes.
std::uint64_t statistics_entry_size(int major) { return major >= 18 ? 16 : 12; }

std::optional<TransactionRecord> decode_end(const RecordHeader& header, ByteView data, int major) {
  Cursor at(data);
  const auto time = at.u64();
  if (!time) return std::nullopt;
  const unsigned operation = header.info & kTransactionOperationMask;
  TransactionRecord end;
  end.kind = operation == kCommit || operation == kCommitPrepared ? TransactionRecord::Kind::commit
                                                                  : TransactionRecord::Kind::abort;
  end.prepared = operation == kCommitPrepared || operation == kAbortPrepared;
  end.xid = header.xid;
  end.time = time_of(static_cast<std::int64_t>(*time));
  if ((header.info & kHasXinfo) == 0) return end;
  const auto xinfo = at.u32();
  if (!xinfo || !skip_to_prepared_xid(at, *xinfo, statistics_entry_size(major))) return std::nullopt;
  if ((*xinfo & kHasPrepared) != 0) {
    const auto xid = at.u32();
    if (!xid) return std::nullopt;
    end.xid = {*xid};
  }
  return end;
}

// Magic (4), total length (4), xid (4), database (4), time (8), ...
std::optional<TransactionRecord> decode_prepare(ByteView data) {
  Cursor at(data);
  if (!at.skip(8)) return std::nullopt;
  const auto xid = at.u32();
  if (!xid || !at.skip(4)) return std::nullopt;
  const auto time = at.u64();
  if (!time) return std::nullopt;
  return TransactionRecord{
      TransactionRecord::Kind::prepare, false, {*xid}, time_of(static_cast<std::int64_t>(*time))};
}

std::optional<RecordContent> decode_transaction(const RecordHeader& header, ByteView data, int major) {
  switch (header.info & kTransactionOperationMask) {
    case kCommit:
    case kAbort:
    case kCommitPrepared:
    case kAbortPrepared:
      return decode_end(header, data, major);
    case kPrepare:
      return decode_prepare(data);
    default:
      return OtherRecord{};
  }
}

// Time (8), name (64, ends in NUL).
constexpr std::size_t kNameField = 64;

std::optional<RestorePointRecord> decode_restore_point(ByteView data) {
  if (data.size() < 8 + kNameField) return std::nullopt;
  const auto name = as_text(data.subspan(8, kNameField));
  return RestorePointRecord{std::string(name.substr(0, name.find('\0'))),
                            time_of(static_cast<std::int64_t>(load_le64(data.data())))};
}

// Redo LSN at 0 (8), timeline at 8 (4), previous timeline at 12 (4), next transaction's id at 24 (8), Unix
// time at 64 (8).
constexpr std::size_t kCheckpointSize = 72;

std::optional<CheckpointRecord> decode_checkpoint(ByteView data, bool shutdown) {
  if (data.size() < kCheckpointSize) return std::nullopt;
  return CheckpointRecord{shutdown,
                          {load_le64(&data[0])},
                          {load_le32(&data[8])},
                          {load_le32(&data[12])},
                          {load_le64(&data[24])},
                          time_of_unix(static_cast<std::int64_t>(load_le64(&data[64])))};
}

// Time (8), new timeline (4), previous timeline (4).
std::optional<EndOfRecoveryRecord> decode_end_of_recovery(ByteView data) {
  if (data.size() < 16) return std::nullopt;
  return EndOfRecoveryRecord{
      time_of(static_cast<std::int64_t>(load_le64(&data[0]))), {load_le32(&data[8])}, {load_le32(&data[12])}};
}

std::optional<OverwriteRecord> decode_overwrite(ByteView data) {
  if (data.size() < 8) return std::nullopt;
  return OverwriteRecord{{load_le64(&data[0])}};
}

std::optional<RecordContent> decode_xlog(const RecordHeader& header, ByteView data) {
  const unsigned operation = header.info & kXlogOperationMask;
  switch (operation) {
    case kSwitch:
      return SwitchRecord{};
    case kRestorePoint:
      return decode_restore_point(data);
    case kEndOfRecovery:
      return decode_end_of_recovery(data);
    case kOverwriteContinued:
      return decode_overwrite(data);
    default:
      return decode_checkpoint(data, operation == kCheckpointShutdown);
  }
}

}  // namespace

RecordHeader parse_record_header(ByteView bytes) {
  RecordHeader header;
  header.length = load_le32(&bytes[0]);
  header.xid = {load_le32(&bytes[4])};
  header.previous = {load_le64(&bytes[8])};
  header.info = std::to_integer<std::uint8_t>(bytes[16]);
  header.manager = std::to_integer<std::uint8_t>(bytes[17]);
  header.crc = load_le32(&bytes[20]);
  return header;
}

bool is_decoded(const RecordHeader& header) {
  if (header.manager == kTransactionManager) return true;
  if (header.manager != kXlogManager) return false;
  switch (header.info & kXlogOperationMask) {
    case kCheckpointShutdown:
    case kCheckpointOnline:
    case kSwitch:
    case kRestorePoint:
    case kEndOfRecovery:
    case kOverwriteContinued:
      return true;
    default:
      return false;
  }
}

std::optional<RecordContent> decode_record(ByteView record, int major) {
  const RecordHeader header = parse_record_header(record);
  if (!is_decoded(header)) return OtherRecord{};
  const auto data = main_data(record);
  if (!data) return std::nullopt;
  return header.manager == kTransactionManager ? decode_transaction(header, *data, major)
                                               : decode_xlog(header, *data);
}

}  // namespace pitr::postgresql
