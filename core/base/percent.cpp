#include "base/percent.hpp"

#include <cstddef>

namespace pitr {

namespace {

bool is_plain(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
         c == '-';
}

std::optional<unsigned> upper_hex_digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
  return {};
}

}  // namespace

std::string percent_encode(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    if (is_plain(c) && !(c == '.' && encoded.empty())) {
      encoded += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      encoded += '%';
      encoded += kDigits[byte >> 4U];
      encoded += kDigits[byte & 0x0fU];
    }
  }
  return encoded;
}

std::optional<std::string> percent_decode(std::string_view encoded) {
  std::string text;
  for (std::size_t i = 0; i < encoded.size(); ++i) {
    if (encoded[i] != '%') {
      text += encoded[i];
      continue;
    }
    if (encoded.size() - i < 3) return {};
    const auto high = upper_hex_digit(encoded[i + 1]);
    const auto low = upper_hex_digit(encoded[i + 2]);
    if (!high || !low) return {};
    text += static_cast<char>(*high * 16 + *low);
    i += 2;
  }
  if (percent_encode(text) != encoded) return {};
  return text;
}

}  // namespace pitr
