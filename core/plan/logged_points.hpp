#pragma once

#include "model/catalogue.hpp"
#include "model/restore_point.hpp"

#include <vector>

namespace pitr {

// The restore points that stand in the log itself, as the manifests that are loaded tell; by timeline and
// position. One that a timeline's first segment repeats from the log it was copied from is of the timeline
// copied from, if that segment is archived there too.
[[nodiscard]] std::vector<RestorePoint> logged_restore_points(const Catalogue& catalogue);

}  // namespace pitr
