#pragma once

#include "engine/log_shipping.hpp"
#include "model/ids.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace pitr::postgresql {

// Reads a .history file: a line for each ancestor, oldest first, "timeline TAB LSN TAB reason"; empty lines
// and those that begin with '#' are comments. Throws Errc::corrupt, naming `what` and the line, for anything
// else: ancestors rise, and come before the timeline itself. An ancestor that was left before it began is
// left out.
std::vector<Ancestor> parse_history(std::string_view text, TimelineId timeline, const std::string& what);

}  // namespace pitr::postgresql
