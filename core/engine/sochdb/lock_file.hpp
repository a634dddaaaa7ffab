#pragma once

#include <optional>
#include <string_view>

#include <sys/types.h>

namespace pitr::sochdb {

// The process that a database's .lock file names: the one that has it open in the normal mode, or had when it
// was killed. Nothing when the file names none, as while it is written.
std::optional<pid_t> parse_lock_file(std::string_view text);

}  // namespace pitr::sochdb
