#include "engine/sochdb/common_log.hpp"

#include "engine/sochdb/frame_link.hpp"
#include "engine/sochdb/frames.hpp"
#include "engine/sochdb/record.hpp"

#include <algorithm>

namespace pitr::sochdb {

namespace {

bool is_same(ByteView frame, const LiveView& live, std::uint64_t offset, Bytes& there) {
  if (offset + frame.size() > live.size()) return false;
  there.resize(frame.size());
  live.read(offset, there);
  return std::equal(frame.begin(), frame.end(), there.begin());
}

bool bears_clock_time(ByteView frame) {
  const auto record = parse_record(frame.subspan(kLengthSize));
  return record && clock_time(record->time_us).has_value();
}

}  // namespace

CommonLog compare_logs(const ChainContents& contents, Lsn from, Lsn to, const LiveView& live, bool sealed) {
  const auto source = open_archived_log(contents, from, to);
  Frames frames(*source, "the archived log");
  CommonLog common;
  Bytes there;
  while (const auto frame = frames.next()) {
    if (!is_same(*frame, live, common.end.offset, there)) {
      if (!live.is_held(0)) live.check();
      return common;
    }
    common.end = {{common.end.lsn.value + 1}, common.end.offset + frame->size()};
    common.link = frame_link(*frame);
    common.is_proof = common.is_proof || sealed || bears_clock_time(*frame);
  }
  common.is_all = true;
  if (!live.is_held(0)) live.check();
  return common;
}

std::optional<Timestamp> latest_commit(const ChainContents& contents, Lsn from, Lsn to) {
  const auto source = open_archived_log(contents, from, to);
  PlainFrames format;
  LogReader reader(*source, format);
  std::optional<Timestamp> latest;
  while (const auto entry = reader.next()) {
    if (entry->record->type != RecordType::commit) continue;
    if (const auto time = clock_time(entry->record->time_us))
      latest = std::max(latest.value_or(*time), *time);
  }
  return latest;
}

std::optional<LogFork> find_fork(const ChainContents& contents, const LiveView& live, bool sealed) {
  const auto generations = generations_of(contents);
  for (auto it = generations.rbegin(); it != generations.rend(); ++it) {
    CommonLog common = compare_logs(contents, it->generation.start, it->end, live, sealed);
    if (common.is_proof) return LogFork{it->generation, std::move(common)};
  }
  return std::nullopt;
}

}  // namespace pitr::sochdb
