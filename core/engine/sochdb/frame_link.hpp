#pragma once

#include "base/bytes.hpp"

#include <string>

namespace pitr::sochdb {

// The link token of the place behind a frame: the digest of the frame with its length.
std::string frame_link(ByteView frame);
// The same, of a frame that is all of a source.
std::string frame_link(ByteSource& frame);
// A token of its own, for the place that a chain begins at.
std::string new_link();

}  // namespace pitr::sochdb
