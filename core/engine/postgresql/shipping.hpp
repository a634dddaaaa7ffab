#pragma once

#include "engine/log_shipping.hpp"

namespace pitr::postgresql {

// PostgreSQL's log files, as archive_command and restore_command have them.
const LogShipping& shipping();

}  // namespace pitr::postgresql
