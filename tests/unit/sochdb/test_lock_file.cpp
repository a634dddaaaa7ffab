#include "engine/sochdb/lock_file.hpp"
#include "fixture.hpp"

#include <doctest/doctest.h>

namespace pitr::sochdb {
namespace {

TEST_CASE("a lock file names a process") {
  CHECK(parse_lock_file("1234\n") == 1234);
  CHECK(parse_lock_file(test::fixture("backup-1/backup/.lock")).has_value());
}

TEST_CASE("what names no process is none") {
  for (const char* text :
       {"", "\n", "12", "0\n", "-5\n", "12 \n", " 12\n", "12\n\n", "99999999999\n", "x\n"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_lock_file(text));
  }
}

}  // namespace
}  // namespace pitr::sochdb
