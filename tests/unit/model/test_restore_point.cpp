#include "model/restore_point.hpp"
#include "support/caught.hpp"
#include "support/json_damage.hpp"
#include "support/manifests.hpp"

using namespace pitr;
using namespace pitr::test;

namespace {

constexpr LsnNotation kDecimal = LsnNotation::decimal;

RestorePoint some_point() {
  return {kRepositoryId, "before", {2}, {{5}, Timestamp{6}, Xid{7}}, "why", Timestamp{8}, false, false};
}

}  // namespace

TEST_CASE("a restore point's document reads like this") {
  CHECK(
      to_json(some_point(), kDecimal).dump() ==
      R"({"format":1,"kind":"restore_point","repository":"0123456789abcdef0123456789abcdef","name":"before",)"
      R"("timeline":2,"point":{"lsn":"5","time":"1970-01-01T00:00:00.000006Z","xid":7},"description":"why",)"
      R"("created_at":"1970-01-01T00:00:00.000008Z","deleted":false})");
}

TEST_CASE("a restore point is read back as it was stored") {
  RestorePoint point = some_point();
  point.deleted = true;
  point.name = "caf\xC3\xA9 @ \"7\"";
  point.point.xid.reset();
  const Json json = parse_json(to_json(point, kDecimal).dump(), "here");
  const RestorePoint back = restore_point_from_json(json, kDecimal, "here");
  CHECK(back.name == point.name);
  CHECK(back.timeline == point.timeline);
  CHECK(back.point == point.point);
  CHECK(back.description == point.description);
  CHECK(back.created_at == point.created_at);
  CHECK(back.deleted);
  CHECK_FALSE(back.logged);
}

TEST_CASE("a damaged restore point is corrupt, whatever the damage") {
  check_damage(to_json(some_point(), kDecimal), {}, {"/point/time", "/point/xid"},
               [](const Json& json) { (void)restore_point_from_json(json, kDecimal, "here"); });
}

TEST_CASE("names that people give are taken") {
  for (const std::string& name : {std::string("a"), std::string("before migration"), std::string("v1.2@prod"),
                                  std::string("caf\xC3\xA9"), std::string(kMaxStoredPointName, 'x')}) {
    CAPTURE(name);
    CHECK_NOTHROW(check_restore_point_name(name));
  }
}

TEST_CASE("names that could not be stored or shown are a usage error") {
  for (const std::string& name :
       {std::string(), std::string("a\nb"), std::string("a\0b", 3), std::string("\x1B[31m"),
        std::string("caf\xE9"), std::string("\xC2\x9B"), std::string(kMaxStoredPointName + 1, 'x'),
        std::string(kMaxStoredPointName, ' ')}) {
    CAPTURE(name);
    const Error e = caught([&] { check_restore_point_name(name); });
    CHECK(e.code() == Errc::usage);
    CHECK_FALSE(e.hint().empty());
  }
}

TEST_CASE("a restore point that could not be read back is not stored") {
  RestorePoint point = some_point();
  point.description = "caf\xE9";
  CHECK(caught([&] { (void)to_json(point, kDecimal); }).code() == Errc::internal);
  point = some_point();
  point.name = "";
  CHECK(caught([&] { (void)to_json(point, kDecimal); }).code() == Errc::internal);
}
