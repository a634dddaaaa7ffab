#include "engine/sochdb/snapshot_log.hpp"

#include "base/error.hpp"
#include "engine/sochdb/archived_log.hpp"
#include "engine/sochdb/live_view.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace pitr::sochdb {

namespace {

std::size_t read_fully(ByteSource& source, std::span<std::byte> buffer) {
  std::size_t done = 0;
  while (done < buffer.size()) {
    const std::size_t size = source.read(buffer.subspan(done));
    if (size == 0) break;
    done += size;
  }
  return done;
}

}  // namespace

SnapshotLog::SnapshotLog(std::shared_ptr<const LiveDatabase> database, SegmentData data,
                         std::shared_ptr<const ChainContents> archived)
    : database_(std::move(database)), data_(std::move(data)), archived_(std::move(archived)) {
  if (!archived_) return;
  const Generation& generation = data_.generation;
  archived_size_ = sochdb::archived_size(*archived_, generation.view, generation.start);
  source_ = open_archived_log(*archived_, generation.view, generation.start);
}

void SnapshotLog::read(std::uint64_t offset, std::span<std::byte> buffer) {
  const bool is_last = offset + buffer.size() == archived_size_ + data_.offset;
  if (offset < archived_size_) {
    const std::size_t size = std::min<std::uint64_t>(buffer.size(), archived_size_ - offset);
    if (read_fully(*source_, buffer.first(size)) != size)
      throw Error(Errc::internal, "the archived log is shorter than it was");
    buffer = buffer.subspan(size);
    offset += size;
  }
  const bool is_whole = database_->read(offset - archived_size_, buffer) == buffer.size();
  if (is_whole && (!is_last || is_in(*database_, data_))) return;
  throw Error(Errc::unavailable,
              fmt::format("{} was truncated while it was read", database_->log_path().native()),
              "run the same command again");
}

SnapshotSourceFile SnapshotLog::file() && {
  const std::uint64_t size = archived_size_ + data_.offset;
  const std::uint32_t mode = database_->log_mode();
  const auto log = std::make_shared<SnapshotLog>(std::move(*this));
  return {kLogName, size, mode,
          [log](std::uint64_t offset, std::span<std::byte> buffer) { log->read(offset, buffer); }};
}

}  // namespace pitr::sochdb
