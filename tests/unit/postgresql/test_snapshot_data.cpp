#include "engine/postgresql/snapshot_data.hpp"
#include "support/caught.hpp"

#include <doctest/doctest.h>

namespace pitr::postgresql {
namespace {

SnapshotData sample() {
  SnapshotData data;
  data.system_identifier = 18'000'000'000'000'000'000U;
  data.version = 15;
  data.segment_size = 16U << 20U;
  data.checksums = true;
  data.mode = 0750;
  data.directories = {{"pg_notify", 0700}, {"base/1", 0750}};
  data.tablespaces = {{16400, "fast", "/srv/fast"}, {16401, "a \"b\"", "/"}};
  data.from_standby = true;
  data.damaged_pages = 3;
  data.listed_damage = {{"base/5/1259", 7}};
  return data;
}

TEST_CASE("what a snapshot says of its cluster reads back as it was written") {
  const Json json = to_json(sample());
  CHECK(to_json(snapshot_data_from_json(json, "s")) == json);
  CHECK(json["system_identifier"] == "18000000000000000000");
  const SnapshotData data = snapshot_data_from_json(json, "s");
  CHECK(data.directories.at(1).path == "base/1");
  CHECK(data.tablespaces.at(0).location == "/srv/fast");
}

TEST_CASE("whatever a cluster cannot have is corrupt") {
  const auto refused = [](const char* key, const Json& value) {
    Json json = to_json(sample());
    json[key] = value;
    return test::caught([&] { snapshot_data_from_json(json, "s"); }).code() == Errc::corrupt;
  };
  CHECK(refused("system_identifier", 12));
  CHECK(refused("system_identifier", "012"));
  CHECK(refused("version", 12));
  CHECK(refused("version", 19));
  CHECK(refused("segment_size", 3000000));
  CHECK(refused("mode", 010000));
  CHECK(refused("from_standby", "yes"));
  CHECK(refused("damaged_pages", 3));
  CHECK(refused("damaged_pages", {{"count", 0}, {"first", {{{"file", "a"}, {"block", 1}}}}}));
  CHECK(refused("directories", Json::array({{{"path", "../x"}, {"mode", 448}}})));
  CHECK(refused("tablespaces", Json::array({{{"oid", 0}, {"name", "a"}, {"location", "/a"}}})));
  CHECK(refused("tablespaces", Json::array({{{"oid", 1}, {"name", "a"}, {"location", "a"}}})));
  CHECK(refused("tablespaces", Json::array({{{"oid", 1}, {"name", ""}, {"location", "/a"}}})));
  const Json one = {{"oid", 1}, {"name", "a"}, {"location", "/a"}};
  CHECK(refused("tablespaces", Json::array({one, one})));
}

TEST_CASE("what could not be read back is not written") {
  SnapshotData data = sample();
  data.directories[0].path = "/etc";
  CHECK(test::caught([&] { static_cast<void>(to_json(data)); }).code() == Errc::internal);
}

}  // namespace
}  // namespace pitr::postgresql
