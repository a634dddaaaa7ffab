#include "base/crc32c.hpp"
#include "engine/postgresql/record.hpp"
#include "engine/postgresql/wal_format.hpp"

#include <initializer_list>

#include <doctest/doctest.h>

namespace pitr::postgresql {
namespace {

// 2026-11-23 10:11:12.000001 UTC, as PostgreSQL and as we count.
constexpr std::int64_t kTime = 848743872000001;
constexpr Timestamp kMoment{kTime + 946684800LL * 1000000};

template <typename T>
void put(Bytes& to, T value) {
  for (std::size_t i = 0; i < sizeof(T); ++i)
    to.push_back(static_cast<std::byte>(static_cast<std::uint64_t>(value) >> (8 * i)));
}

Bytes record(std::uint8_t manager, std::uint8_t info, std::uint32_t xid, const Bytes& data,
             const Bytes& before_data = {}) {
  Bytes body = before_data;
  if (!data.empty()) {
    body.push_back(std::byte{254});
    put(body, static_cast<std::uint32_t>(data.size()));
    append(body, data);
  }
  Bytes bytes(kRecordHeaderSize + body.size());
  std::copy(body.begin(), body.end(), bytes.begin() + kRecordHeaderSize);
  store_le32(&bytes[0], static_cast<std::uint32_t>(bytes.size()));
  store_le32(&bytes[4], xid);
  bytes[16] = static_cast<std::byte>(info);
  bytes[17] = static_cast<std::byte>(manager);
  return bytes;
}

Bytes time_data() {
  Bytes data;
  put(data, kTime);
  return data;
}

template <typename T>
T decoded(const Bytes& bytes, int major = 15) {
  const auto content = decode_record(bytes, major);
  REQUIRE(content);
  REQUIRE(std::holds_alternative<T>(*content));
  return std::get<T>(*content);
}

TEST_CASE("commits and aborts tell their transaction and time") {
  const auto commit = decoded<TransactionRecord>(record(kTransactionManager, kCommit, 77, time_data()));
  CHECK(commit.kind == TransactionRecord::Kind::commit);
  CHECK_FALSE(commit.prepared);
  CHECK(commit.xid == Xid{77});
  CHECK(commit.time == kMoment);
  CHECK(decoded<TransactionRecord>(record(kTransactionManager, kAbort, 77, time_data())).kind ==
        TransactionRecord::Kind::abort);
}

// Everything that may stand before the id of a prepared transaction.
Bytes all_parts(std::size_t statistics_entry) {
  Bytes data = time_data();
  put(data, std::uint32_t{0x1FF & ~0x0A0U});
  put(data, std::uint64_t{1});  // database
  put(data, std::uint32_t{2});  // subtransactions
  put(data, std::uint64_t{3});
  put(data, std::uint32_t{1});  // files
  data.resize(data.size() + 12);
  put(data, std::uint32_t{2});  // statistics
  data.resize(data.size() + 2 * statistics_entry);
  put(data, std::uint32_t{3});  // messages
  data.resize(data.size() + 48);
  put(data, std::uint32_t{4711});
  return data;
}

TEST_CASE("the end of a prepared transaction names that one, whatever stands before its id") {
  for (const std::uint8_t operation : {kCommitPrepared, kAbortPrepared}) {
    const auto info = static_cast<std::uint8_t>(operation | kHasXinfo);
    const auto end = decoded<TransactionRecord>(record(kTransactionManager, info, 0, all_parts(12)));
    CHECK(end.prepared);
    CHECK(end.xid == Xid{4711});
    CHECK(decoded<TransactionRecord>(record(kTransactionManager, info, 0, all_parts(16)), 18).xid ==
          Xid{4711});
  }
}

TEST_CASE("a list longer than its record does not add up") {
  for (const std::uint32_t xinfo : {0x001U, 0x002U, 0x004U, 0x008U, 0x010U, 0x100U}) {
    Bytes data = time_data();
    put(data, xinfo);
    put(data, std::uint16_t{0xFFFF});
    CHECK_FALSE(decode_record(record(kTransactionManager, kCommit | kHasXinfo, 1, data), 15));
    put(data, std::uint32_t{0xFFFFFFFF});
    if (xinfo != 0x010U)
      CHECK_FALSE(decode_record(record(kTransactionManager, kCommit | kHasXinfo, 1, data), 15));
  }
  CHECK_FALSE(decode_record(record(kTransactionManager, kCommit, 1, Bytes(7)), 15));
}

TEST_CASE("a preparation names its transaction") {
  Bytes data;
  for (const std::uint32_t value : {0x57F94534U, 100U, 4711U, 5U}) put(data, value);
  put(data, kTime);
  const auto prepare = decoded<TransactionRecord>(record(kTransactionManager, kPrepare, 4711, data));
  CHECK(prepare.kind == TransactionRecord::Kind::prepare);
  CHECK(prepare.xid == Xid{4711});
  CHECK(prepare.time == kMoment);
}

TEST_CASE("a restore point has a name of up to 63 bytes and a time") {
  Bytes data = time_data();
  append(data, as_bytes("before v2"));
  data.resize(72);
  const auto point = decoded<RestorePointRecord>(record(kXlogManager, kRestorePoint, 0, data));
  CHECK(point.name == "before v2");
  CHECK(point.time == kMoment);
  std::fill(data.begin() + 8, data.end(), std::byte{'x'});
  CHECK(decoded<RestorePointRecord>(record(kXlogManager, kRestorePoint, 0, data)).name ==
        std::string(64, 'x'));
  data.pop_back();
  CHECK_FALSE(decode_record(record(kXlogManager, kRestorePoint, 0, data), 15));
}

TEST_CASE("checkpoints, ends of recovery, switches and overwritten records are told apart") {
  Bytes data;
  put(data, std::uint64_t{0x1000028});
  put(data, std::uint32_t{3});
  put(data, std::uint32_t{2});
  data.resize(64);
  put(data, std::int64_t{1795428672});
  data.resize(88);
  const auto checkpoint = decoded<CheckpointRecord>(record(kXlogManager, kCheckpointShutdown, 0, data));
  CHECK(checkpoint.shutdown);
  CHECK(checkpoint.redo == Lsn{0x1000028});
  CHECK(checkpoint.timeline == TimelineId{3});
  CHECK(checkpoint.previous_timeline == TimelineId{2});
  CHECK(checkpoint.time == Timestamp{1795428672000000});
  CHECK_FALSE(decoded<CheckpointRecord>(record(kXlogManager, kCheckpointOnline, 0, data)).shutdown);

  Bytes recovery = time_data();
  put(recovery, std::uint32_t{2});
  put(recovery, std::uint32_t{1});
  const auto end = decoded<EndOfRecoveryRecord>(record(kXlogManager, kEndOfRecovery, 0, recovery));
  CHECK(end.timeline == TimelineId{2});
  CHECK(end.previous_timeline == TimelineId{1});

  decoded<SwitchRecord>(record(kXlogManager, kSwitch, 0, {}));
  CHECK(decoded<OverwriteRecord>(record(kXlogManager, kOverwriteContinued, 0, data)).broken ==
        Lsn{0x1000028});
}

TEST_CASE("an origin and a top-level transaction may stand before the data") {
  Bytes before{std::byte{253}, std::byte{1}, std::byte{2}, std::byte{252}};
  put(before, std::uint32_t{9});
  CHECK(decoded<TransactionRecord>(record(kTransactionManager, kCommit, 5, time_data(), before)).xid ==
        Xid{5});
  before.pop_back();
  CHECK_FALSE(decode_record(record(kTransactionManager, kCommit, 5, {}, before), 15));
}

TEST_CASE("other records are passed over, whatever is in them") {
  decoded<OtherRecord>(record(10, 0, 5, Bytes(3)));
  decoded<OtherRecord>(record(kXlogManager, 0xA0, 5, Bytes(3), {std::byte{0}}));
}

TEST_CASE("a time beyond what can be counted does not overflow") {
  Bytes data;
  put(data, std::uint64_t{0x7FFFFFFFFFFFFFFF});
  decoded<TransactionRecord>(record(kTransactionManager, kCommit, 5, data));
}

}  // namespace
}  // namespace pitr::postgresql
