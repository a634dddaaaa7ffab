#pragma once

#include "plan/planning.hpp"

#include <string>
#include <variant>
#include <vector>

namespace pitr {

struct ChosenPath {
  std::vector<PathElement> path;
  std::vector<std::string> warnings;
};

// The path of the timeline that was asked for; without one, of the highest whose document can be read (and,
// of logs that hold times, of which a segment or a snapshot is archived), or, where a snapshot was asked for
// that is not on it, of that snapshot's timeline.
std::variant<ChosenPath, Refusal> choose_path(const Planning& planning);

}  // namespace pitr
