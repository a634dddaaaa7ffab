#include "base/percent.hpp"

#include <string>

#include <doctest/doctest.h>

namespace pitr {

TEST_CASE("text is percent-encoded so that it can be the name of a file") {
  CHECK(percent_encode("AZaz09._-") == "AZaz09._-");
  CHECK(percent_encode("a b/c%") == "a%20b%2Fc%25");
  CHECK(percent_encode("β") == "%CE%B2");
  CHECK(percent_encode("..") == "%2E.");
  CHECK(percent_encode(std::string("\0", 1)) == "%00");
  CHECK(percent_encode("") == "");
}

TEST_CASE("every byte that is percent-encoded comes back") {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string text = {static_cast<char>(byte), 'x', static_cast<char>(byte)};
    CHECK(percent_decode(percent_encode(text)) == text);
  }
}

TEST_CASE("what the encoder does not write is not decoded") {
  for (const auto* text : {"a b", "%", "%4", "%4g", "%61", "%2f", "a%2Eb", ".a", "\xff"}) {
    INFO(text);
    CHECK_FALSE(percent_decode(text));
  }
}

}  // namespace pitr
