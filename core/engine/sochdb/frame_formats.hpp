#pragma once

#include "engine/sochdb/frame_format.hpp"
#include "engine/source_key.hpp"

#include <memory>
#include <optional>
#include <string>

namespace pitr::sochdb {

// How the frames of a log are read: plain ones without a keyring; sealed ones with the key, or by their
// lengths alone without it (null). `what` names the keyring in errors. Throws a usage error for a key that
// is not the database's, Errc::corrupt for a damaged keyring.
std::unique_ptr<FrameFormat> frame_format_of(const std::optional<std::string>& keyring, const SourceKey* key,
                                             const std::string& what);

}  // namespace pitr::sochdb
