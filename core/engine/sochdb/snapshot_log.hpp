#pragma once

#include "engine/engine.hpp"
#include "engine/sochdb/live_database.hpp"
#include "engine/sochdb/segment_data.hpp"

#include <cstdint>
#include <memory>

namespace pitr::sochdb {

// The log of a snapshot: what a view begins with and only the repository holds, then the live log up to a
// place.
class SnapshotLog {
 public:
  // archived: null where the live log is all of the view.
  SnapshotLog(std::shared_ptr<const LiveDatabase> database, SegmentData data,
              std::shared_ptr<const ChainContents> archived);
  // Bytes of it that do not come from the live log.
  [[nodiscard]] std::uint64_t archived_size() const { return archived_size_; }
  // Reading it to its end throws Errc::unavailable when the live log does not hold the place any more.
  [[nodiscard]] SnapshotSourceFile file() &&;

 private:
  void read(std::uint64_t offset, std::span<std::byte> buffer);

  std::shared_ptr<const LiveDatabase> database_;
  SegmentData data_;
  std::shared_ptr<const ChainContents> archived_;
  std::uint64_t archived_size_ = 0;
  std::unique_ptr<ByteSource> source_;  // of archived_
};

}  // namespace pitr::sochdb
