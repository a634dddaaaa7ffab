#include "engine/sqlite/position.hpp"
#include "support/caught.hpp"
#include "support/json_damage.hpp"

namespace pitr::sqlite {
namespace {

SegmentData sample() {
  SegmentData data;
  data.file = "app.db";
  data.position.page_size = 65536;
  data.position.page_count = 4'000'000'000;
  data.position.place = {{0x01020304, 0xfffefdfc}, true, 900, {0x0000000a, 0xb0000000}};
  data.position.change = 0xffffffff;
  data.position.xid = {1ULL << 40U};
  data.position.file_change = 4'000'000'001;
  data.position.schema.add("table", "t", "CREATE TABLE t(x)");
  data.position.file = FileState{1, 2, 3, 4};
  data.first_frame = 17;
  data.checksum_in = {5, 6};
  data.look = {Timestamp{1'000'000}, Timestamp{2'000'000}, Timestamp{3'000'000}};
  data.source = {{"host", "alpha"}};
  return data;
}

TEST_CASE("a segment's data are read back as they were written") {
  const SegmentData read = segment_data_from_json(to_json(sample()), "x");
  const SegmentData data = sample();
  CHECK(read.file == data.file);
  CHECK(read.position.page_size == data.position.page_size);
  CHECK(read.position.page_count == data.position.page_count);
  CHECK(read.position.place.salts == data.position.place.salts);
  CHECK(read.position.place.big_endian == data.position.place.big_endian);
  CHECK(read.position.place.frame == data.position.place.frame);
  CHECK(read.position.place.checksum == data.position.place.checksum);
  CHECK(read.position.change == data.position.change);
  CHECK(read.position.xid == data.position.xid);
  CHECK(read.position.file_change == data.position.file_change);
  CHECK(read.position.schema == data.position.schema);
  CHECK(read.position.file == data.position.file);
  CHECK(read.first_frame == data.first_frame);
  CHECK(read.checksum_in == data.checksum_in);
  CHECK(read.look.after == data.look.after);
  CHECK(read.look.from == data.look.from);
  CHECK(read.look.by == data.look.by);
  CHECK(read.source == data.source);
}

TEST_CASE("what a segment without log does not have is null and read back as absent") {
  SegmentData data = sample();
  data.first_frame.reset();
  data.look.after.reset();
  data.position.file.reset();
  const Json json = to_json(data);
  CHECK(json.at("first_frame").is_null());
  CHECK(json.at("checksum_in").is_null());
  const SegmentData read = segment_data_from_json(json, "x");
  CHECK_FALSE(read.first_frame);
  CHECK_FALSE(read.look.after);
  CHECK_FALSE(read.position.file);
}

TEST_CASE("data with any member missing or of another kind are corrupt") {
  const Json json = to_json(sample());
  for (const auto& path : test::member_paths(json, {"/source"})) {
    const std::string name = path.to_string();
    CAPTURE(name);
    const bool may_be_absent = name == "/first_frame" || name == "/seen/after";
    // An array is what it ought to be.
    if (name == "/schema") continue;
    const auto read = [](const Json& damaged) { segment_data_from_json(damaged, "x"); };
    if (!may_be_absent) CHECK(test::caught([&] { read(test::without(json, path)); }).code() == Errc::corrupt);
    if (name == "/source") continue;
    CHECK(test::caught([&] { read(test::with(json, path, Json::array())); }).code() == Errc::corrupt);
    if (name == "/file") continue;
    CHECK(test::caught([&] { read(test::with(json, path, "text")); }).code() == Errc::corrupt);
  }
}

TEST_CASE("numbers that cannot be are corrupt") {
  const auto corrupt = [](const char* path, const Json& value) {
    const Json damaged = test::with(to_json(sample()), test::JsonPath(path), value);
    return test::caught([&] { segment_data_from_json(damaged, "x"); }).code() == Errc::corrupt;
  };
  CHECK(corrupt("/page_size", 1000));
  CHECK(corrupt("/page_size", 131072));
  CHECK(corrupt("/page_count", 1ULL << 32U));
  CHECK(corrupt("/first_frame", 0));
  CHECK(corrupt("/first_frame", 901));
  CHECK(corrupt("/first_frame", 1ULL << 33U));
  CHECK(corrupt("/generation/salt1", "123"));
  CHECK(corrupt("/generation/salt1", "0x123456"));
  CHECK(corrupt("/generation/salt2", "123456789"));
  CHECK(corrupt("/schema", Json::array({"01234567"})));
  CHECK(corrupt("/schema", Json::array({1})));
  CHECK(corrupt("/schema", Json::array({"0123456789abcdeg"})));
  CHECK(corrupt("/checksum_out", "xyz"));
  CHECK(corrupt("/seen/by", "2026-11-23"));
}

TEST_CASE("only plain names that are not ours may name a database file") {
  for (const char* name : {"app.db", "a b", "..db", ".hidden", "\xc3\xa9.db"}) {
    CAPTURE(name);
    CHECK(is_database_name(name));
  }
  for (const std::string& name :
       {std::string(), std::string("."), std::string(".."), std::string("a/b"), std::string("/a"),
        std::string("a\0b", 3), std::string(".pitrctl.json"), std::string(".pitrctl-restore")}) {
    CAPTURE(name);
    CHECK_FALSE(is_database_name(name));
    Json json = to_json(sample());
    json["file"] = name;
    CHECK(test::caught([&] { segment_data_from_json(json, "x"); }).code() == Errc::corrupt);
  }
}

TEST_CASE("a link token names the place in the log") {
  const WalPlace place{{1, 2}, false, 3, {4, 5}};
  CHECK(link_token(place) == "0000000100000002-00000003-0000000400000005");
  for (const WalPlace& other : {WalPlace{{9, 2}, false, 3, {4, 5}}, WalPlace{{1, 9}, false, 3, {4, 5}},
                                WalPlace{{1, 2}, false, 9, {4, 5}}, WalPlace{{1, 2}, false, 3, {9, 5}},
                                WalPlace{{1, 2}, false, 3, {4, 9}}}) {
    CHECK(link_token(other) != link_token(place));
  }
  CHECK(unique_link_token(place) != unique_link_token(place));
  CHECK(unique_link_token(place).starts_with(link_token(place)));
}

}  // namespace
}  // namespace pitr::sqlite
