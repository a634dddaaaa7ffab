#include "base/random.hpp"

#include <set>

#include <doctest/doctest.h>

using namespace pitr;

TEST_CASE("random identifiers have the length asked for and do not repeat") {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const std::string id = random_hex(8);
    CHECK(id.size() == 16);
    CHECK(id.find_first_not_of("0123456789abcdef") == std::string::npos);
    CHECK(seen.insert(id).second);
  }
  CHECK(random_hex(0).empty());
}
