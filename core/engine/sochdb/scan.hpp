#pragma once

#include "engine/engine.hpp"

namespace pitr::sochdb {

// Engine::scan.
SegmentFacts scan_segment(const SegmentManifest& manifest, ByteSource& raw, const SourceKey* key);

}  // namespace pitr::sochdb
