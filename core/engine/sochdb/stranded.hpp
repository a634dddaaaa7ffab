#pragma once

#include "engine/sochdb/frame_format.hpp"
#include "engine/sochdb/window.hpp"

#include <cstdint>

namespace pitr::sochdb {

// Whole frames behind a damaged place: SochDB does not reach them, and neither does a restore.
struct Stranded {
  std::uint64_t frames = 0;
  bool all_counted = true;  // false: the search took too long and was given up
};

// Counts the frames that begin anywhere from the next byte of the window on, the first of which has about
// this number or a later one, and passes over all that is left. A value that is damaged or torn and itself
// holds frames counts for each of them.
Stranded count_stranded(Window& window, FrameFormat& format, std::uint64_t number);

}  // namespace pitr::sochdb
