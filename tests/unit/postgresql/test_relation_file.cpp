#include "engine/postgresql/relation_file.hpp"

#include <doctest/doctest.h>

namespace pitr::postgresql {
namespace {

TEST_CASE("a relation's file tells relation, fork, segment, and whether it is a session's own") {
  const auto plain = parse_relation_file("16384");
  REQUIRE(plain);
  CHECK(plain->relation == "16384");
  CHECK(plain->fork.empty());
  CHECK(plain->segment == 0);
  CHECK_FALSE(plain->is_temporary);
  CHECK(parse_relation_file("16384.12")->segment == 12);
  CHECK(parse_relation_file("16384_init")->fork == "init");
  const auto fork = parse_relation_file("16384_fsm.3");
  REQUIRE(fork);
  CHECK(fork->fork == "fsm");
  CHECK(fork->segment == 3);
  const auto temporary = parse_relation_file("t3_16384_vm.1");
  REQUIRE(temporary);
  CHECK(temporary->is_temporary);
  CHECK(temporary->relation == "16384");
  CHECK(temporary->fork == "vm");
  CHECK(temporary->segment == 1);
}

TEST_CASE("other files are no relation's") {
  for (const char* name : {"",
                           "PG_VERSION",
                           "pg_filenode.map",
                           "pg_control",
                           "16384x",
                           "16384_",
                           "16384_main",
                           "16384.",
                           "16384.0",
                           "16384.01",
                           "16384.x",
                           "16384.99999999999",
                           "t16384",
                           "t_16384",
                           "t3_",
                           "t3_x",
                           "_vm",
                           ".1",
                           "16384_vm_init",
                           "16384.1.2"}) {
    CAPTURE(name);
    CHECK_FALSE(parse_relation_file(name));
  }
}

}  // namespace
}  // namespace pitr::postgresql
