#include "base/digest.hpp"
#include "engine/sochdb/operator_key.hpp"
#include "support/caught.hpp"

#include <string>

#include <doctest/doctest.h>

namespace pitr::sochdb {
namespace {

using pitr::test::caught;
using pitr::test::contains;

const std::string kText = "PEYnkDZgDKH48zEWlQBtF8ukVVtXkOeOm4FctMHfJvc=";

TEST_CASE("the operator's key is base64 of 32 bytes") {
  constexpr const char* kHex = "3c46279036600ca1f8f3311695006d17cba4555b5790e78e9b815cb4c1df26f7";
  CHECK(to_hex(parse_operator_key(kText).bytes()) == kHex);
  CHECK(to_hex(parse_operator_key(kText + "\n").bytes()) == kHex);
}

TEST_CASE("what is no key is refused without being shown") {
  for (const std::string& wrong :
       {std::string(), std::string("="), std::string(44, '='), std::string(44, 'A'), kText.substr(1),
        "A" + kText, kText + "\n\n", " " + kText.substr(1),
        kText.substr(0, 42) + "==", "-" + kText.substr(1)}) {
    CAPTURE(wrong);
    const Error error = caught([&] { static_cast<void>(parse_operator_key(wrong)); });
    CHECK(error.code() == Errc::usage);
    CHECK_FALSE(contains(error.what(), "YnkD"));
  }
}

}  // namespace
}  // namespace pitr::sochdb
