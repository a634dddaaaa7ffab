#pragma once

#include "base/bytes.hpp"
#include "base/crc32c.hpp"
#include "engine/postgresql/segment_name.hpp"
#include "engine/postgresql/wal_format.hpp"
#include "model/ids.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

namespace pitr::test {

// Writes a log as PostgreSQL 15 does: records in pages in segments.
class PostgresqlWal {
 public:
  static constexpr std::uint32_t kSegmentSize = postgresql::kMinSegmentSize;
  static constexpr std::uint64_t kSystem = 0x1122334455667788;

  explicit PostgresqlWal(std::uint16_t magic = 0xD110, TimelineId timeline = {1},
                         std::uint64_t first_segment = 3)
      : magic_(magic), timeline_(timeline), begin_(first_segment * kSegmentSize), at_(begin_) {}

  // Returns where it starts; end() is then where it ends.
  Lsn record(std::uint8_t manager, std::uint8_t info, std::uint32_t xid, ByteView data) {
    begin_page_if_due();
    const Lsn start{at_};
    write(assembled(manager, info, xid, data));
    at_ = (at_ + 7) / 8 * 8;
    previous_ = start;
    return start;
  }

  Lsn filler(std::uint32_t bytes) { return record(10, 0, 0, Bytes(bytes, std::byte{0x5A})); }

  Lsn commit(std::uint32_t xid, std::int64_t microseconds_since_2000) {
    Bytes data(8);
    std::memcpy(data.data(), &microseconds_since_2000, 8);
    return record(postgresql::kTransactionManager, postgresql::kCommit, xid, data);
  }

  Lsn restore_point(std::string_view name, std::int64_t microseconds_since_2000) {
    Bytes data(72);
    std::memcpy(data.data(), &microseconds_since_2000, 8);
    std::memcpy(data.data() + 8, name.data(), name.size());
    return record(postgresql::kXlogManager, postgresql::kRestorePoint, 0, data);
  }

  void switch_segment() {
    record(postgresql::kXlogManager, postgresql::kSwitch, 0, {});
    at_ = (at_ + kSegmentSize - 1) / kSegmentSize * kSegmentSize;
    bytes_.resize(at_ - begin_);
  }

  // Goes on until the segment in which the log ends now is full.
  void fill_segment() {
    const std::uint64_t segment_end = (at_ / kSegmentSize + 1) * kSegmentSize;
    while (at_ < segment_end) filler(4000);
  }

  [[nodiscard]] Lsn end() const { return {at_}; }

  // The segments that are full, in order.
  [[nodiscard]] std::vector<Bytes> segments() const {
    std::vector<Bytes> all;
    for (std::size_t from = 0; from + kSegmentSize <= bytes_.size(); from += kSegmentSize) {
      all.emplace_back(bytes_.begin() + static_cast<std::ptrdiff_t>(from),
                       bytes_.begin() + static_cast<std::ptrdiff_t>(from + kSegmentSize));
    }
    return all;
  }

  [[nodiscard]] postgresql::SegmentName name(std::size_t segment) const {
    return postgresql::segment_name(timeline_, {begin_ + segment * kSegmentSize}, kSegmentSize);
  }

 private:
  Bytes assembled(std::uint8_t manager, std::uint8_t info, std::uint32_t xid, ByteView data) const {
    Bytes body;
    if (data.size() > 255) {
      body.push_back(std::byte{254});
      put(body, static_cast<std::uint32_t>(data.size()));
    } else if (!data.empty()) {
      body.push_back(std::byte{255});
      body.push_back(static_cast<std::byte>(data.size()));
    }
    append(body, data);
    Bytes record(postgresql::kRecordHeaderSize + body.size());
    std::copy(body.begin(), body.end(), record.begin() + postgresql::kRecordHeaderSize);
    store_le32(&record[0], static_cast<std::uint32_t>(record.size()));
    store_le32(&record[4], xid);
    store_le32(&record[8], static_cast<std::uint32_t>(previous_.value));
    store_le32(&record[12], static_cast<std::uint32_t>(previous_.value >> 32U));
    record[16] = static_cast<std::byte>(info);
    record[17] = static_cast<std::byte>(manager);
    store_le32(&record[20], crc32c_extended(crc32c(body), ByteView(record).first(20)));
    return record;
  }

  void write(ByteView record) {
    while (!record.empty()) {
      if (at_ % postgresql::kPageSize == 0) begin_page(static_cast<std::uint32_t>(record.size()));
      const std::uint64_t room = postgresql::kPageSize - at_ % postgresql::kPageSize;
      const ByteView part = record.first(std::min<std::size_t>(room, record.size()));
      bytes_.resize(at_ - begin_);
      append(bytes_, part);
      at_ += part.size();
      record = record.subspan(part.size());
    }
  }

  void begin_page_if_due() {
    if (at_ % postgresql::kPageSize == 0) begin_page(0);
  }

  void begin_page(std::uint32_t remaining) {
    bytes_.resize(at_ - begin_);
    const bool is_long = at_ % kSegmentSize == 0;
    put(bytes_, magic_);
    put(bytes_, static_cast<std::uint16_t>((is_long ? postgresql::kLongHeader : 0) |
                                           (remaining > 0 ? postgresql::kFirstIsContinued : 0)));
    put(bytes_, timeline_.value);
    put(bytes_, at_);
    put(bytes_, remaining);
    put(bytes_, std::uint32_t{0});
    if (is_long) {
      put(bytes_, kSystem);
      put(bytes_, kSegmentSize);
      put(bytes_, postgresql::kPageSize);
    }
    at_ = begin_ + bytes_.size();
  }

  template <typename T>
  static void put(Bytes& to, T value) {
    for (std::size_t i = 0; i < sizeof(T); ++i)
      to.push_back(static_cast<std::byte>(std::uint64_t{value} >> (8 * i)));
  }

  std::uint16_t magic_;
  TimelineId timeline_;
  std::uint64_t begin_;
  std::uint64_t at_;
  Lsn previous_;
  Bytes bytes_;
};

}  // namespace pitr::test
