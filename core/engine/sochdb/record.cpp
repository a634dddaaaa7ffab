#include "engine/sochdb/record.hpp"

#include "engine/sochdb/crc32.hpp"

#include <algorithm>
#include <array>

namespace pitr::sochdb {

namespace {

constexpr std::size_t kKeyLengthAt = 17;
constexpr std::size_t kValueLengthAt = 21;

constexpr std::array kTypes{
    RecordType::data,
    RecordType::page_update,
    RecordType::deletion,
    RecordType::begin,
    RecordType::commit,
    RecordType::abort,
    RecordType::savepoint,
    RecordType::rollback_to_savepoint,
    RecordType::transaction_end,
    RecordType::checkpoint,
    RecordType::checkpoint_end,
    RecordType::schema_change,
    RecordType::compensation,
    RecordType::compaction,
    RecordType::flush,
    RecordType::batch_begin,
    RecordType::batch_commit,
};

}  // namespace

bool is_record_type(std::uint8_t type) {
  return std::find(kTypes.begin(), kTypes.end(), static_cast<RecordType>(type)) != kTypes.end();
}

bool may_begin_record(ByteView bytes, std::size_t size) {
  if (!bytes.empty() && !is_record_type(std::to_integer<std::uint8_t>(bytes[0]))) return false;
  if (bytes.size() < kValueLengthAt) return true;
  const std::uint64_t key = load_le32(&bytes[kKeyLengthAt]);
  if (bytes.size() < kRecordHeaderSize) return kMinRecordSize + key <= size;
  return kMinRecordSize + key + load_le32(&bytes[kValueLengthAt]) == size;
}

std::optional<Record> parse_record(ByteView bytes) {
  if (bytes.size() < kMinRecordSize || !may_begin_record(bytes, bytes.size())) return std::nullopt;
  const std::size_t summed = bytes.size() - 4;
  if (crc32(bytes.first(summed)) != load_le32(&bytes[summed])) return std::nullopt;
  const std::size_t key = load_le32(&bytes[kKeyLengthAt]);
  Record record;
  record.type = static_cast<RecordType>(bytes[0]);
  record.xid = {load_le64(&bytes[1])};
  record.time_us = load_le64(&bytes[9]);
  record.key = bytes.subspan(kRecordHeaderSize, key);
  record.value = bytes.subspan(kRecordHeaderSize + key, load_le32(&bytes[kValueLengthAt]));
  return record;
}

std::optional<Timestamp> clock_time(std::uint64_t time_us) {
  constexpr std::uint64_t kFirst = 1'000'000;                // a second: a thousand times what threads need
  constexpr std::uint64_t kLast = 253'402'300'799'999'999U;  // 9999-12-31T23:59:59.999999Z
  if (time_us < kFirst || time_us > kLast) return std::nullopt;
  return Timestamp{static_cast<std::int64_t>(time_us)};
}

}  // namespace pitr::sochdb
