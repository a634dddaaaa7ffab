#include "model/restore_point.hpp"
#include "repo/names.hpp"
#include "unit/repo/repo_test.hpp"

#include <variant>

namespace pitr {

namespace {

using namespace test;

bool is_unknown(std::string_view key) { return std::holds_alternative<UnknownName>(parse_object_name(key)); }

constexpr auto kMax64 = std::numeric_limits<std::uint64_t>::max();

}  // namespace

TEST_CASE("names are as the format says") {
  CHECK(repository_key() == "pitr.json");
  CHECK(timeline_key({0x2a}) == "timelines/0000002a.json");
  CHECK(segment_key({1}, {255}, {255}) == "segments/00000001/00000000000000ff.seg");
  CHECK(segment_key({1}, {1}, {16}) == "segments/00000001/0000000000000001-0000000000000010.seg");
  CHECK(snapshot_key("20261123T101112Z-1a2b3c") == "snapshots/20261123T101112Z-1a2b3c.json.zst");
  CHECK(pack_key("20261123T101112Z-1a2b3c", 10) == "packs/20261123T101112Z-1a2b3c-0000000a.pack");
  CHECK(restore_point_key({1}, {500}, "before v2/β", 3) ==
        "restore-points/00000001/00000000000001f4-before%20v2%2F%CE%B2/0000000000000003.json");
  CHECK(restore_point_prefix({1}, {500}, "..") == "restore-points/00000001/00000000000001f4-%2E./");
}

TEST_CASE("names are read back") {
  CHECK(std::holds_alternative<RepositoryName>(parse_object_name("pitr.json")));
  CHECK(std::get<TimelineName>(parse_object_name(timeline_key({0xffffffff}))).timeline ==
        TimelineId{0xffffffff});
  for (const std::uint64_t last : {7UL, 8UL, kMax64}) {
    const auto segment = std::get<SegmentName>(parse_object_name(segment_key({3}, {7}, {last})));
    CHECK(segment.timeline == TimelineId{3});
    CHECK(segment.first == SegmentNumber{7});
    CHECK(segment.last == SegmentNumber{last});
  }
  CHECK(std::get<SnapshotName>(parse_object_name(snapshot_key("20261123T101112Z-1a2b3c"))).id ==
        "20261123T101112Z-1a2b3c");
  const auto pack = std::get<PackName>(parse_object_name(pack_key("20261123T101112Z-1a2b3c", 0xfedcba98)));
  CHECK(pack.snapshot_id == "20261123T101112Z-1a2b3c");
  CHECK(pack.number == 0xfedcba98);
}

TEST_CASE("restore points' names are read back, whatever is in them") {
  for (const std::string name :
       {"a", ".", "..", ".hidden", "a.b", "%", "%41", "a b", "a/b", "-", "β", "\"'\\", "~", "@7"}) {
    const auto key = restore_point_key({9}, {kMax64}, name, kMax64);
    INFO(key);
    const auto point = std::get<RestorePointName>(parse_object_name(key));
    CHECK(point.timeline == TimelineId{9});
    CHECK(point.lsn == Lsn{kMax64});
    CHECK(point.name == name);
    CHECK(point.generation == kMax64);
  }
}

TEST_CASE("a name that is not written just so is unknown") {
  for (const std::string_view key : {
           "",
           "files/",
           "files/.hidden",
           "files/a/b",
           "files/a b",
           "pitr.json ",
           "Pitr.json",
           "pitr.json/x",
           "/pitr.json",  //
           "timelines/1.json",
           "timelines/00000000.json",
           "timelines/0000002A.json",  //
           "timelines/0000002a.json2",
           "timelines/00000001/x.json",
           "timelines/000000001.json",  //
           "segments/00000001/1.seg",
           "segments/00000001/00000000000000FF.seg",  //
           "segments/00000001/00000000000000ff.seg~",
           "segments/00000000/0000000000000001.seg",                   //
           "segments/00000001/0000000000000002-0000000000000002.seg",  //
           "segments/00000001/0000000000000002-0000000000000001.seg",  //
           "segments/00000001/0000000000000002-.seg",
           "segments/00000001//0000000000000002.seg",  //
           "snapshots/20261123T101112Z-1a2b3.json.zst",
           "snapshots/20261123T101112Z-1A2B3C.json.zst",  //
           "snapshots/20261123t101112Z-1a2b3c.json.zst",
           "snapshots/20261123T101112Z-1a2b3c.json",  //
           "packs/20261123T101112Z-1a2b3c-a.pack",
           "packs/20261123T101112Z-1a2b3c-000000000.pack",  //
           "packs/20261123T101112Z-1a2b3c.pack",
           "restore-points/00000001/00000000000001f4-/0000000000000001.json",     //
           "restore-points/00000001/00000000000001f4-a/0000000000000000.json",    //
           "restore-points/00000001/00000000000001f4-a/1.json",                   //
           "restore-points/00000001/00000000000001f4-a b/0000000000000001.json",  //
           "restore-points/00000001/00000000000001f4-%61/0000000000000001.json",  //
           "restore-points/00000001/00000000000001f4-%2f/0000000000000001.json",  //
           "restore-points/00000001/00000000000001f4-a%/0000000000000001.json",   //
           "restore-points/00000001/00000000000001f4-a%2/0000000000000001.json",  //
           "restore-points/00000001/00000000000001f4-.a/0000000000000001.json",   //
           "restore-points/00000001/00000000000001f4-%FF/0000000000000001.json",  //
           "restore-points/00000001/00000000000001f4-a/b/0000000000000001.json",  //
           "restore-points/00000001/1f4-a/0000000000000001.json",
       }) {
    INFO(key);
    CHECK(is_unknown(key));
  }
}

TEST_CASE("every name that is known is written the same again") {
  Random random(test_seed());
  const std::vector<std::string> keys = {
      timeline_key({0x12}),
      segment_key({1}, {2}, {2}),
      segment_key({1}, {2}, {0x30}),
      snapshot_key("20261123T101112Z-1a2b3c"),
      pack_key("20261123T101112Z-1a2b3c", 4),
      file_key("00000002.history"),
      restore_point_key({1}, {2}, "a %", 1),
  };
  struct Writer {
    std::string operator()(const UnknownName&) const { return {}; }
    std::string operator()(const RepositoryName&) const { return repository_key(); }
    std::string operator()(const TimelineName& n) const { return timeline_key(n.timeline); }
    std::string operator()(const SegmentName& n) const { return segment_key(n.timeline, n.first, n.last); }
    std::string operator()(const SnapshotName& n) const { return snapshot_key(n.id); }
    std::string operator()(const PackName& n) const { return pack_key(n.snapshot_id, n.number); }
    std::string operator()(const FileName& n) const { return file_key(n.name); }
    std::string operator()(const RestorePointName& n) const {
      return restore_point_key(n.timeline, n.lsn, n.name, n.generation);
    }
  };
  for (int i = 0; i < 20000; ++i) {
    auto key = keys[between(random, 0, keys.size() - 1)];
    for (auto changes = between(random, 1, 3); changes > 0; --changes) {
      key[between(random, 0, key.size() - 1)] = static_cast<char>(between(random, 0x20, 0x7e));
    }
    const auto again = std::visit(Writer(), parse_object_name(key));
    if (!again.empty()) CHECK(again == key);
  }
}

TEST_CASE("a name of a restore point that may be given can be stored") {
  for (const std::string& name : {std::string(238, 'a'), std::string(79, ' '), "." + std::string(235, 'x')}) {
    CHECK_NOTHROW(check_restore_point_name(name));
    const auto key = restore_point_key({1}, {1}, name, 1);
    CHECK(std::get<RestorePointName>(parse_object_name(key)).name == name);
    const auto folder = key.substr(24, key.rfind('/') - 24);
    CHECK(folder.size() <= 255);
  }
  for (const std::string& name : {std::string(239, 'a'), std::string(80, ' '), "." + std::string(236, 'x')}) {
    CHECK(caught([&] { check_restore_point_name(name); }).code() == Errc::usage);
    CHECK(caught([&] { restore_point_prefix({1}, {1}, name); }).code() == Errc::usage);
    CHECK(is_unknown("restore-points/00000001/0000000000000001-" + name + "/0000000000000001.json"));
  }
}

}  // namespace pitr
