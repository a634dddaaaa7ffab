#pragma once

#include "cmd/listing.hpp"
#include "cmd/render_text.hpp"

#include <string>

namespace pitr::cmd {

// Where the repository is, what of each timeline can be restored (drawn, too), what is broken, and the names.
std::string render_overview(const Listing& listing, const TextStyle& style);

// One line for each segment that is there and cannot be read, or should be there and is not.
std::string damaged_segments_text(const Inventory& inventory);

// One line for each remark on the log.
std::string log_remarks_text(const Inventory& inventory);

}  // namespace pitr::cmd
