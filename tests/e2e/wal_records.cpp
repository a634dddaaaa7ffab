// Lists the records of PostgreSQL's log as the engine reads them, for the comparison with pg_waldump:
//   wal_records SEGMENT...       of one timeline, in order
// A line for each record that ends in these segments: start, length, transaction, start of the record before,
// resource manager; and for the end of a transaction its kind and time in microseconds since 1970.
#include "base/error.hpp"
#include "base/file.hpp"
#include "engine/postgresql/segment_name.hpp"
#include "engine/postgresql/segment_reader.hpp"

#include <cstdio>
#include <exception>
#include <optional>
#include <stdexcept>

#include <fmt/format.h>

namespace {

using namespace pitr;
using namespace pitr::postgresql;

const char* kind_name(TransactionRecord::Kind kind) {
  switch (kind) {
    case TransactionRecord::Kind::commit:
      return "commit";
    case TransactionRecord::Kind::abort:
      return "abort";
    case TransactionRecord::Kind::prepare:
      return "prepare";
  }
  return "";
}

void print(Lsn start, const RecordHeader& header, ByteView bytes, int major) {
  fmt::print("{} {} {} {} {}", format_lsn(start, LsnNotation::hex_pair), header.length, header.xid.value,
             format_lsn(header.previous, LsnNotation::hex_pair), header.manager);
  const auto content = decode_record(bytes, major);
  if (!content) throw std::runtime_error("a record that cannot be decoded");
  if (const auto* end = std::get_if<TransactionRecord>(&*content)) {
    fmt::print(" {} {} {}", kind_name(end->kind), end->xid.value, end->time.us);
  } else if (const auto* point = std::get_if<RestorePointRecord>(&*content)) {
    fmt::print(" point {}", point->name);
  }
  fmt::print("\n");
}

}  // namespace

int main(int argc, char** argv) {
  try {
    std::optional<OutgoingRecord> open;
    for (int i = 1; i < argc; ++i) {
      const fs::path path = argv[i];
      const Bytes segment = read_whole_file(path);
      const SegmentHeader header = parse_segment_header(segment, path.string());
      SegmentReader reader(segment, header, path.string());
      if (open && reader.incoming()) {
        append(open->bytes, reader.incoming()->bytes);
        if (reader.incoming()->end) {
          print(open->start, parse_record_header(open->bytes), open->bytes, header.major);
          open.reset();
        }
      }
      while (const auto record = reader.next())
        print(record->start, record->header, record->bytes, header.major);
      if (reader.outgoing()) open = reader.outgoing();
    }
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "wal_records: {}\n", error.what());
    return 1;
  }
}
