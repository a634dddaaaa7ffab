#pragma once

#include <string_view>

namespace pitr {

// True when text is well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF).
bool is_utf8(std::string_view text);

// True when UTF-8 text holds a control character: U+0000 to U+001F or U+007F to U+009F.
bool has_control_characters(std::string_view text);

}  // namespace pitr
