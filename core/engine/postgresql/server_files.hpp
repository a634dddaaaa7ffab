#pragma once

#include <string_view>

namespace pitr::postgresql {

// Whether a server makes such a file or directory by itself, now or later, in a data directory. path:
// relative to it.
bool is_server_made(std::string_view path);

// The same below a tablespace's own directory; path: relative to the tablespace, PG_15_202209061/5/16401.
bool is_server_made_in_tablespace(std::string_view path);

}  // namespace pitr::postgresql
