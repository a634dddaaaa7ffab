#pragma once

#include "model/ids.hpp"
#include "run/list.hpp"

#include <cstddef>
#include <string>

namespace pitr::cmd {

struct DrawingStyle {
  std::size_t width = 80;  // of the terminal
  bool unicode = false;    // else plain ASCII
};

// A timeline as a bar from its first point to its last, with what lies on it, and a legend of the signs used.
// By time where every point has one, else by LSN. Empty when there is nothing to draw.
std::string draw_timeline(const Inventory& inventory, TimelineId timeline, const DrawingStyle& style);

}  // namespace pitr::cmd
