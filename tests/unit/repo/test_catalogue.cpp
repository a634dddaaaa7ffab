#include "repo/document.hpp"
#include "repo/names.hpp"
#include "repo/repository.hpp"
#include "repo/snapshot_writer.hpp"
#include "unit/repo/repo_test.hpp"

#include <algorithm>

namespace pitr {

namespace {

using namespace test;

std::vector<std::string> damaged_objects(const Catalogue& catalogue) {
  std::vector<std::string> objects;
  for (const auto& damage : catalogue.damaged) {
    CHECK(contains(damage.problem, damage.object));
    objects.push_back(damage.object);
  }
  return objects;
}

void store_snapshot(const Repository& repository, const std::string& id, std::uint64_t lsn,
                    std::uint32_t timeline = 1) {
  SnapshotWriter writer(repository, id, nullptr, 1);
  const auto read = [](std::uint64_t, std::span<std::byte> buffer) {
    std::fill(buffer.begin(), buffer.end(), std::byte{'x'});
  };
  writer.add_file({"app.db", 5000, 0600, read}, {});
  SnapshotManifest manifest;
  manifest.repository = repository.document().id;
  manifest.engine = repository.document().engine;
  manifest.timeline = {timeline};
  manifest.start_lsn = manifest.consistent_lsn = manifest.point.lsn = {lsn};
  manifest.next_number = {1};
  manifest.created_at = {4000};
  writer.commit(manifest);
}

constexpr const char* kEarlyId = "20260101T000000Z-000001";
constexpr const char* kLateId = "20260102T000000Z-000002";

// A repository with one object of every kind and more.
Repository filled_repository(const MemoryStore& store) {
  auto repository = new_repository(store);
  create_all(repository, 3, bytes_of("log"));
  store_snapshot(repository, kLateId, 30);
  store_snapshot(repository, kEarlyId, 10);
  repository.create_restore_point(sample_restore_point(repository));
  auto deleted = sample_restore_point(repository, "gone");
  repository.create_restore_point(deleted);
  deleted.deleted = true;
  repository.create_restore_point(deleted);
  return repository;
}

void load_all(const Repository& repository, Catalogue& catalogue, std::size_t jobs = 3) {
  const auto timelines = catalogue.timelines;
  for (const auto& [id, timeline] : timelines)
    repository.load_manifests(catalogue, id, timeline.segments, jobs);
}

// What a catalogue with all manifests shows to be wrong.
std::vector<std::string> all_problems(const Repository& repository) {
  auto catalogue = repository.load_catalogue();
  load_all(repository, catalogue);
  auto objects = damaged_objects(catalogue);
  for (const auto& [id, timeline] : catalogue.timelines) {
    for (const auto& entry : timeline.segments) {
      if (!catalogue.loaded(id, entry)->manifest)
        objects.push_back(segment_key(id, entry.number, entry.last_number));
    }
  }
  objects.insert(objects.end(), catalogue.unknown_objects.begin(), catalogue.unknown_objects.end());
  return objects;
}

}  // namespace

TEST_CASE("the catalogue of a new repository is empty") {
  const MemoryStore store;
  const auto repository = new_repository(store);
  const auto catalogue = repository.load_catalogue();
  CHECK(catalogue.repository == repository.document().id);
  CHECK(catalogue.engine == "sqlite");
  CHECK(catalogue.notation == LsnNotation::decimal);
  CHECK(catalogue.timelines.empty());
  CHECK(catalogue.snapshots.empty());
  CHECK(catalogue.damaged.empty());
  CHECK(catalogue.unknown_objects.empty());
}

TEST_CASE("a catalogue holds what the repository does, in order") {
  const MemoryStore store;
  const auto repository = filled_repository(store);
  const auto catalogue = repository.load_catalogue();
  CHECK(catalogue.damaged.empty());
  CHECK(catalogue.unknown_objects.empty());
  REQUIRE(catalogue.timelines.size() == 1);
  const auto& timeline = catalogue.timelines.at({1});
  CHECK(timeline.id == TimelineId{1});
  CHECK(timeline.document->source.at("path") == "/var/lib/app.db");
  REQUIRE(timeline.segments.size() == 3);
  for (std::uint64_t n = 1; n <= 3; ++n) {
    const auto& entry = timeline.segments[n - 1];
    CHECK(entry.number == SegmentNumber{n});
    CHECK(entry.last_number == SegmentNumber{n});
    CHECK(entry.object_size == store.objects()[segment_key({1}, {n}, {n})].size());
  }
  REQUIRE(catalogue.snapshots.size() == 2);
  CHECK(catalogue.snapshots[0].id == kEarlyId);
  CHECK(catalogue.snapshots[1].id == kLateId);
  REQUIRE(catalogue.packs.size() == 2);
  CHECK(catalogue.packs[0].name == pack_key(kEarlyId, 0));
  CHECK(catalogue.packs[0].object_size == store.objects()[pack_key(kEarlyId, 0)].size());
  REQUIRE(catalogue.restore_points.size() == 1);
  CHECK(catalogue.restore_points[0].name == "before migration");
  CHECK(catalogue.restore_points[0].point == Point{{15}, Timestamp{1500}, Xid{3}});
}

TEST_CASE("no segment is read for a catalogue") {
  const MemoryStore store;
  const auto repository = filled_repository(store);
  store.reads().clear();
  const auto catalogue = repository.load_catalogue();
  for (const auto& read : store.reads()) CHECK_FALSE(contains(read.key, "segments/"));
  CHECK(catalogue.loaded({1}, catalogue.timelines.at({1}).segments[0]) == nullptr);
}

TEST_CASE("manifests are loaded when asked for, and once") {
  const MemoryStore store;
  const auto repository = filled_repository(store);
  auto catalogue = repository.load_catalogue();
  const auto segments = catalogue.timelines.at({1}).segments;
  repository.load_manifests(catalogue, {1}, std::span(segments).first(2), 4);
  CHECK(catalogue.loaded({1}, segments[1])->manifest->start_lsn == Lsn{20});
  CHECK(catalogue.loaded({1}, segments[2]) == nullptr);
  store.reads().clear();
  repository.load_manifests(catalogue, {1}, segments, 4);
  REQUIRE(store.reads().size() == 1);
  CHECK(store.reads()[0].key == segment_key({1}, {3}, {3}));
  CHECK(catalogue.loaded({1}, segments[2])->manifest->start_lsn == Lsn{30});
}

TEST_CASE("a name that is not ours is reported") {
  const MemoryStore store;
  const auto repository = filled_repository(store);
  store.objects()["segments/00000001/notes.txt"] = bytes_of("x");
  CHECK(repository.load_catalogue().unknown_objects ==
        std::vector<std::string>{"segments/00000001/notes.txt"});
}

TEST_CASE(
    "whatever byte of a document or manifest is changed, its object is named and the others stay usable") {
  const MemoryStore store;
  const auto repository = filled_repository(store);
  const auto good = store.objects();
  for (const auto& object : good) {
    const std::string& key = object.first;
    const Bytes& bytes = object.second;
    if (key == "pitr.json" || key.starts_with("packs/")) continue;
    CAPTURE(key);
    const auto end = key.ends_with(".json") ? bytes.size() : 8 + load_le32(bytes.data() + 4);
    for (std::size_t at = 0; at < end; at += 3) {
      CAPTURE(at);
      store.objects()[key] = flipped(bytes, at, 1U << (at % 8));
      REQUIRE(all_problems(repository) == std::vector{key});
    }
    store.objects()[key] = bytes;
  }
  CHECK(all_problems(repository).empty());
}

TEST_CASE("whatever object is cut off or goes on is named") {
  const MemoryStore store;
  const auto repository = filled_repository(store);
  const auto good = store.objects();
  for (const auto& object : good) {
    const std::string& key = object.first;
    const Bytes& bytes = object.second;
    if (key == "pitr.json" || key.starts_with("packs/")) continue;
    CAPTURE(key);
    for (const auto size : {bytes.size() - 1, bytes.size() / 2, std::size_t{7}, std::size_t{0}}) {
      store.objects()[key] = cut(bytes, size);
      REQUIRE(all_problems(repository) == std::vector{key});
    }
    store.objects()[key] = with(bytes, bytes.size(), '\n');
    REQUIRE(all_problems(repository) == std::vector{key});
    store.objects()[key] = bytes;
  }
}

TEST_CASE("an object under the name of another is damaged") {
  const MemoryStore store;
  const auto repository = filled_repository(store);
  const auto copy = [&](const std::string& from, const std::string& to) {
    const auto before = store.objects();
    store.objects()[to] = store.objects().at(from);
    INFO(to);
    CHECK(all_problems(repository) == std::vector{to});
    store.objects() = before;
  };
  copy(timeline_key({1}), timeline_key({2}));
  copy(segment_key({1}, {1}, {1}), segment_key({1}, {4}, {4}));
  copy(snapshot_key(kEarlyId), snapshot_key("20260101T000000Z-000009"));
  const auto point = [](std::uint64_t lsn, const char* name) {
    return restore_point_key({1}, {lsn}, name, 1);
  };
  copy(point(15, "before migration"), point(16, "before migration"));
  copy(point(15, "before migration"), point(15, "after migration"));
  copy(segment_key({1}, {1}, {1}), segment_key({1}, {2}, {2}));
}

TEST_CASE("an object of another repository is damaged") {
  const MemoryStore store;
  const auto repository = filled_repository(store);
  const MemoryStore other_store;
  const auto other = filled_repository(other_store);
  for (const auto& object : other_store.objects()) {
    const std::string& key = object.first;
    const Bytes& bytes = object.second;
    if (key == "pitr.json" || key.starts_with("packs/")) continue;
    const auto before = store.objects();
    store.objects()[key] = bytes;
    INFO(key);
    CHECK(all_problems(repository) == std::vector{key});
    store.objects() = before;
  }
}

TEST_CASE("a timeline document that is missing is named by whatever speaks of the timeline") {
  const MemoryStore store;
  const auto repository = filled_repository(store);
  store.objects().erase(timeline_key({1}));
  CHECK(all_problems(repository) == std::vector{timeline_key({1})});
  CHECK_FALSE(repository.load_catalogue().timelines.at({1}).document);

  const MemoryStore snapshots;
  const auto only_snapshot = new_repository(snapshots);
  store_snapshot(only_snapshot, kEarlyId, 10, 7);
  CHECK(all_problems(only_snapshot) == std::vector{timeline_key({7})});
  CHECK(only_snapshot.load_catalogue().timelines.at({7}).id == TimelineId{7});
}

TEST_CASE("a timeline created while the repository was listed is not missing") {
  MemoryStore store;
  const auto repository = new_repository(store);
  create_all(repository, 1, bytes_of("log"));
  // The listing did not show it, but it is there when it is read.
  const auto document = store.objects().extract(timeline_key({1})).mapped();
  store.before_read([&](const std::string& key) { store.objects().emplace(key, document); });
  CHECK(repository.load_catalogue().damaged.empty());
}

TEST_CASE("an older generation that is missing or bad is named, and the last still counts") {
  const MemoryStore store;
  const auto repository = filled_repository(store);
  auto point = sample_restore_point(repository);
  point.description = "changed";
  repository.create_restore_point(point);
  const auto first = restore_point_key({1}, {15}, point.name, 1);
  const auto bytes = store.objects()[first];
  store.objects()[first] = flipped(bytes, 40, 1);
  CHECK(all_problems(repository) == std::vector{first});
  store.objects().erase(first);
  CHECK(all_problems(repository) == std::vector{first});
  CHECK(repository.load_catalogue().restore_points.at(0).description == "changed");
}

TEST_CASE("an earlier generation does not stand in for a last one that is bad") {
  const MemoryStore store;
  const auto repository = filled_repository(store);
  const auto deletion = restore_point_key({1}, {15}, "gone", 2);
  store.objects()[deletion] = flipped(store.objects()[deletion], 40, 1);
  const auto catalogue = repository.load_catalogue();
  CHECK(damaged_objects(catalogue) == std::vector{deletion});
  CHECK(catalogue.restore_points.size() == 1);
}

TEST_CASE("a generation with an absurd number is damage, not work without end") {
  const MemoryStore store;
  const auto repository = filled_repository(store);
  const auto absurd =
      restore_point_key({1}, {15}, "before migration", std::numeric_limits<std::uint64_t>::max());
  store.objects()[absurd] = bytes_of("x");
  store.reads().clear();
  CHECK(damaged_objects(repository.load_catalogue()) == std::vector{absurd});
  CHECK(store.reads().size() < 100);
}

TEST_CASE("a store that is unavailable is not taken for damage") {
  MemoryStore store;
  const auto repository = filled_repository(store);
  auto catalogue = repository.load_catalogue();
  store.before_read([](const std::string&) { throw Error(Errc::unavailable, "try again"); });
  CHECK(caught([&] { (void)repository.load_catalogue(); }).code() == Errc::unavailable);
  CHECK(caught([&] { load_all(repository, catalogue); }).code() == Errc::unavailable);
}

TEST_CASE("an object that cannot be read is damage of that object") {
  MemoryStore store;
  const auto repository = filled_repository(store);
  for (const auto& bad : {timeline_key({1}), snapshot_key(kLateId), segment_key({1}, {2}, {2})}) {
    store.before_read([&](const std::string& key) {
      if (key == bad) throw Error(Errc::io_error, "cannot read " + key + ": Input/output error");
    });
    CHECK(all_problems(repository) == std::vector{bad});
  }
}

}  // namespace pitr
