#pragma once

#include "base/bytes.hpp"
#include "engine/engine.hpp"
#include "engine/sochdb/segment_data.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace pitr::sochdb {

// The name of the log in a database's directory, and in a snapshot.
inline constexpr const char* kLogName = "wal.log";

// A generation, or the part of one, that contents hold.
struct ArchivedGeneration {
  Generation generation;
  Lsn end;  // its last record there
};

// The generations that contents show, in order; at least one.
std::vector<ArchivedGeneration> generations_of(const ChainContents& contents);

// The place that contents end at, as if a segment ended there; offset and samples are not set where it lies
// inside of one.
SegmentData data_at_end(const ChainContents& contents);

// The records (from, to] of what contents hold, as SochDB wrote them. `from` is where a generation begins,
// or a view. Throws Errc::corrupt when contents do not have them. The contents must outlive it.
std::unique_ptr<ByteSource> open_archived_log(const ChainContents& contents, Lsn from, Lsn to);

// The bytes of the same.
std::uint64_t archived_size(const ChainContents& contents, Lsn from, Lsn to);

// The generations that a view of contents begins with, before this one, as parts of a snapshot's log.
std::vector<SnapshotData::Part> parts_before(const ChainContents& contents, const Generation& generation);

// Sets size and samples to those of a whole log.
void take_samples(ByteSource& log, SegmentData& data);

}  // namespace pitr::sochdb
