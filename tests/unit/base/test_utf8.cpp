#include "base/utf8.hpp"

#include <string>

#include <doctest/doctest.h>

using namespace pitr;

TEST_CASE("well-formed UTF-8 is taken") {
  for (const char* text : {"", "plain", "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80", "\xED\x9F\xBF",
                           "\xEE\x80\x80", "\xF4\x8F\xBF\xBF", "\xE0\xA0\x80", "\xF0\x90\x80\x80"}) {
    CAPTURE(text);
    CHECK(is_utf8(text));
  }
}

TEST_CASE("malformed UTF-8 is refused") {
  for (const char* text :
       {"\x80", "\xC0\xAF", "\xC1\xBF", "\xC3", "\xC3(", "\xE0\x80\xAF", "\xE0\x9F\xBF", "\xE2\x82",
        "\xE2(\xAC", "\xED\xA0\x80", "\xED\xBF\xBF", "\xF0\x80\x80\xAF", "\xF0\x8F\xBF\xBF",
        "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xF0\x9F\x98", "\xFF", "\xFE", "good\xC3\xA9then\xE9"}) {
    CAPTURE(text);
    CHECK_FALSE(is_utf8(text));
  }
}

TEST_CASE("control characters are found, those above ASCII too") {
  using namespace std::string_literals;
  for (const std::string& text :
       {"\0"s, "a\nb"s, "\x1B[31m"s, "\x7F"s, "\xC2\x80"s, "\xC2\x9B"s, "\xC2\x9F"s}) {
    CHECK(has_control_characters(text));
  }
  for (const std::string& text : {""s, "plain text"s, "\xC2\xA0"s, "\xC3\x80"s, "\xE2\x82\xAC"s}) {
    CHECK_FALSE(has_control_characters(text));
  }
}
