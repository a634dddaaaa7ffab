#include "plan/edit_distance.hpp"

#include <doctest/doctest.h>

using pitr::edit_distance;

TEST_CASE("the edit distance counts what has to be put in, taken out or changed") {
  CHECK(edit_distance("", "") == 0);
  CHECK(edit_distance("abc", "abc") == 0);
  CHECK(edit_distance("abc", "") == 3);
  CHECK(edit_distance("", "abc") == 3);
  CHECK(edit_distance("release", "relase") == 1);
  CHECK(edit_distance("kitten", "sitting") == 3);
}
