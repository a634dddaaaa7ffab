#pragma once

#include "base/bytes.hpp"
#include "engine/postgresql/page_header.hpp"
#include "engine/postgresql/record.hpp"
#include "model/ids.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace pitr::postgresql {

// A record of the log; `bytes` without page headers, good until the next call of the reader.
struct LogRecord {
  Lsn start;
  Lsn end;  // where the next one may start
  RecordHeader header;
  ByteView bytes;
};

// The beginning of a record that goes on in the next segment.
struct OutgoingRecord {
  Lsn start;
  std::uint32_t length = 0;  // of the whole record
  Bytes bytes;               // those in this segment, without page headers
};

// The end of a record that began before this segment.
struct IncomingRecord {
  std::uint32_t remaining = 0;  // bytes left at the beginning of the segment
  Bytes bytes;                  // those in this segment, without page headers
  std::optional<Lsn> end;       // nothing when it goes on in the next segment
};

// Reads the records of one whole segment, and takes nothing on trust: every page's header and address, every
// record's length, link to the one before, and CRC. Errors are Errc::corrupt and name `what` and the LSN.
class SegmentReader {
 public:
  // segment: all of it, in whole pages; it must outlive the reader.
  SegmentReader(ByteView segment, const SegmentHeader& header, std::string what);

  [[nodiscard]] const std::optional<IncomingRecord>& incoming() const { return incoming_; }

  // The next record that starts and ends in the segment; nothing at the end. Throws when the log stops before
  // the segment does.
  std::optional<LogRecord> next();

  // After the end.
  [[nodiscard]] const std::optional<OutgoingRecord>& outgoing() const { return outgoing_; }
  [[nodiscard]] bool was_switched() const { return switched_; }

 private:
  [[nodiscard]] Lsn lsn_at(std::uint64_t offset) const;
  [[noreturn]] void fail(std::uint64_t offset, const std::string& problem) const;
  [[nodiscard]] PageHeader page_at(std::uint64_t offset) const;
  void read_incoming();
  std::optional<ByteView> assemble(std::uint64_t start, std::uint32_t length);
  void check(const LogRecord& record) const;
  void end_by_switch();

  ByteView segment_;
  SegmentHeader header_;
  std::string what_;
  std::uint64_t at_ = 0;
  std::optional<Lsn> last_;  // where the record before starts
  std::optional<IncomingRecord> incoming_;
  std::optional<OutgoingRecord> outgoing_;
  bool switched_ = false;
  Bytes buffer_;
};

}  // namespace pitr::postgresql
