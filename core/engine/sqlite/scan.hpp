#pragma once

#include "base/bytes.hpp"
#include "model/facts.hpp"
#include "model/segment_manifest.hpp"

namespace pitr::sqlite {

// Engine::scan for SQLite. Checks the chain of checksums as stored and, for a log segment, the one SQLite
// wrote; that the segment holds whole transactions; and that their number, positions and ids and the
// database's size are what the manifest says.
SegmentFacts scan_segment(const SegmentManifest& manifest, ByteSource& raw);

}  // namespace pitr::sqlite
