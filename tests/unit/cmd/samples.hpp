#pragma once

#include "base/time.hpp"
#include "model/point.hpp"
#include "run/list.hpp"
#include "run/restore.hpp"
#include "run/validate.hpp"

#include <cstdint>

namespace pitr::cmd::test {

// Minutes after 2026-11-23T10:00:00Z.
Timestamp minute(std::int64_t minutes);

// The point at an LSN, with a time and a transaction number.
Point point(std::uint64_t lsn, std::int64_t minutes, std::uint64_t xid);

// A repository with two timelines. The first has a bridge, a gap between two windows, a damaged segment, two
// snapshots and two restore points; the second forked off it.
Inventory sample_inventory();

RestorePlan sample_plan();
RestoreResult sample_result();
RefusedRestore sample_refusal();
ValidateReport sample_validation();

}  // namespace pitr::cmd::test
