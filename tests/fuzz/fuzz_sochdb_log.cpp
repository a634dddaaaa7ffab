// A log of SochDB: any bytes may stand there. The fuzzer does not find CRCs by itself, so that the first byte
// may ask for records whose CRCs hold, or for the log to be taken for an encrypted one.

#include "base/error.hpp"
#include "engine/sochdb/crc32.hpp"
#include "engine/sochdb/sealed_frames.hpp"
#include "input_source.hpp"
#include "support/sochdb_model/cut.hpp"
#include "support/sochdb_model/state.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace {

using namespace pitr;
using namespace pitr::sochdb;

void repair_records(Bytes& log) {
  std::size_t at = 0;
  while (log.size() - at >= kLengthSize + kMinRecordSize) {
    const std::size_t size = load_le32(&log[at]);
    if (size < kMinRecordSize || size > log.size() - at - kLengthSize) break;
    const ByteView summed = ByteView(log).subspan(at + kLengthSize, size - 4);
    store_le32(&log[at + size], crc32(summed));
    at += kLengthSize + size;
  }
}

std::unique_ptr<FrameFormat> format_of(unsigned wishes) {
  if ((wishes & 2U) != 0) return std::make_unique<SealedFrames>();
  if ((wishes & 4U) != 0)
    return std::make_unique<OpenedFrames>(DataKey{SecretKey(Bytes(SecretKey::kSize)), {}, 0});
  return std::make_unique<PlainFrames>();
}

void check(const LogFacts& facts, std::size_t size) {
  const LogStop& stop = facts.stop;
  if (stop.good_end.offset + stop.bytes_left != size || stop.good_end.lsn.value != facts.records)
    __builtin_trap();
  if ((stop.end == LogEnd::whole) != (stop.bytes_left == 0)) __builtin_trap();
  if (stop.stranded.frames > stop.bytes_left / kMinRecordSize) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size == 0) return 0;
  const unsigned wishes = bytes[0];
  const ByteView given = std::as_bytes(std::span(bytes + 1, size - 1));
  Bytes log(given.begin(), given.end());
  if ((wishes & 1U) != 0) repair_records(log);
  const auto format = format_of(wishes);
  fuzz::InputSource source(log);
  LogReader reader(source, *format);
  const LogFacts facts = read_log_facts(reader);
  check(facts, log.size());
  if (facts.sealed != 0) return 0;

  const Cut cut = find_cut(facts, ToTime{{1780000000000000}}, false);
  fuzz::InputSource again(log);
  LogReader replayed(again, *format);
  const State state = state_at(replayed, cut.lsn);
  if (state.transactions() != cut.transactions || replayed.place().lsn != cut.lsn) __builtin_trap();
  return 0;
}
