#include "engine/source_identity.hpp"
#include "support/caught.hpp"

#include <boost/filesystem/path.hpp>

namespace pitr::sqlite {
namespace {

SourceIdentity here() { return {"alpha", "1234567890abcdef", "/srv/app.db", 17}; }

TEST_CASE("the same path on the same machine is the same place, whatever file is there") {
  SourceIdentity other = here();
  other.inode = 99;
  CHECK(same_place(here(), other));
  other.path = "/srv/other.db";
  CHECK_FALSE(same_place(here(), other));
}

TEST_CASE("a machine is told by its id, and a renamed host is the same machine") {
  SourceIdentity other = here();
  other.host = "beta";
  CHECK(same_place(here(), other));
  other.machine = "fedcba0987654321";
  other.host = "alpha";
  CHECK_FALSE(same_place(here(), other));
}

TEST_CASE("where a machine has no id its host name counts") {
  SourceIdentity other = here();
  other.machine.reset();
  CHECK(same_place(here(), other));
  other.host = "beta";
  CHECK_FALSE(same_place(here(), other));
}

TEST_CASE("an identity is read back as it was written") {
  for (const bool has_machine : {true, false}) {
    SourceIdentity identity = here();
    if (!has_machine) identity.machine.reset();
    const SourceIdentity read = identity_from_json(to_json(identity), "x");
    CHECK(read.host == identity.host);
    CHECK(read.machine == identity.machine);
    CHECK(read.path == identity.path);
    CHECK(read.inode == identity.inode);
  }
}

TEST_CASE("an identity with a member missing is corrupt") {
  for (const char* key : {"host", "path", "inode"}) {
    CAPTURE(key);
    Json json = to_json(here());
    json.erase(key);
    CHECK(test::caught([&] { identity_from_json(json, "x"); }).code() == Errc::corrupt);
  }
}

TEST_CASE("an identity is shown as host and path") { CHECK(describe(here()) == "alpha:/srv/app.db"); }

TEST_CASE("a path that is not UTF-8 can be recorded and compared") {
  const SourceIdentity identity = identify("/srv/\xff.db", 3);
  CHECK_NOTHROW(static_cast<void>(to_json(identity).dump()));
  CHECK(same_place(identity, identify("/srv/\xff.db", 4)));
  CHECK(same_place(identity, identity_from_json(to_json(identity), "x")));
}

}  // namespace
}  // namespace pitr::sqlite
