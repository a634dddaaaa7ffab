#include "base/utf8.hpp"

#include <cstddef>

namespace pitr {
namespace {

unsigned byte_at(std::string_view text, std::size_t at) { return static_cast<unsigned char>(text[at]); }

// The length of a character by its first byte; 0 for a byte that begins none.
std::size_t length_of(unsigned first) {
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return 2;
  if (first >= 0xE0 && first <= 0xEF) return 3;
  if (first >= 0xF0 && first <= 0xF4) return 4;
  return 0;
}

// What the second byte may be depends on the first: this is where overlong forms, surrogates and too high
// code points are kept out.
bool second_fits(unsigned first, unsigned second) {
  switch (first) {
    case 0xE0:
      return second >= 0xA0 && second <= 0xBF;
    case 0xED:
      return second >= 0x80 && second <= 0x9F;
    case 0xF0:
      return second >= 0x90 && second <= 0xBF;
    case 0xF4:
      return second >= 0x80 && second <= 0x8F;
    default:
      return second >= 0x80 && second <= 0xBF;
  }
}

}  // namespace

bool is_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const unsigned first = byte_at(text, at);
    const std::size_t length = length_of(first);
    if (length == 0 || length > text.size() - at) return false;
    if (length > 1 && !second_fits(first, byte_at(text, at + 1))) return false;
    for (std::size_t i = 2; i < length; ++i) {
      if ((byte_at(text, at + i) & 0xC0U) != 0x80U) return false;
    }
    at += length;
  }
  return true;
}

bool has_control_characters(std::string_view text) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    const unsigned c = byte_at(text, at);
    if (c < 0x20 || c == 0x7F) return true;
    if (c == 0xC2 && at + 1 < text.size() && byte_at(text, at + 1) <= 0x9F) return true;
  }
  return false;
}

}  // namespace pitr
