#pragma once

#include "engine/engine.hpp"
#include "engine/postgresql/segment_data.hpp"
#include "engine/postgresql/segment_facts.hpp"
#include "engine/postgresql/segment_scan.hpp"

#include <string>

namespace pitr::postgresql {

// The manifest of a segment, but for repository, archived_at and payload; it is made of nothing but the
// segment's bytes and what was known of the state before. Throws what read_facts() throws.
struct DescribedSegment {
  SegmentManifest manifest;
  SegmentFacts facts;
};
DescribedSegment describe_segment(const SegmentScan& scan, const SegmentName& name, const StateBefore& before,
                                  const std::string& what);

// Engine::scan for PostgreSQL: reads the segment again and compares what it says with its manifest.
SegmentFacts scan_stored_segment(const SegmentManifest& manifest, ByteSource& raw);

}  // namespace pitr::postgresql
