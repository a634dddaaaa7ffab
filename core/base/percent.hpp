#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace pitr {

// Text as the name of a file or folder: every byte but A-Z a-z 0-9 . _ - becomes % and two upper-case hex
// digits, and so does a '.' that comes first.
std::string percent_encode(std::string_view text);

// Reads back exactly what percent_encode() writes; nothing for anything else.
std::optional<std::string> percent_decode(std::string_view encoded);

}  // namespace pitr
