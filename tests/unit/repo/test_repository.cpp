#include "repo/document.hpp"
#include "repo/names.hpp"
#include "repo/repository.hpp"
#include "store/store.hpp"
#include "unit/repo/repo_test.hpp"

#include <algorithm>
#include <thread>
#include <vector>

namespace pitr {

namespace {

using namespace test;
using Creation = Repository::Creation;

const std::string kFirstSegment = segment_key({1}, {1}, {1});

// Changes a member of pitr.json, with a sum to match.
void change_repository(const MemoryStore& store, const char* key, const Json& value) {
  auto& bytes = store.objects()["pitr.json"];
  auto json = open_sealed_json(as_text(bytes).substr(0, bytes.size() - 1), "pitr.json").object;
  json[key] = value;
  bytes = bytes_of(seal_json(json) + '\n');
}

}  // namespace

TEST_CASE("a repository that was made can be opened and says the same of itself") {
  const MemoryStore store;
  const auto made =
      Repository::init(store.handle(), "postgresql", LsnNotation::hex_pair, {CodecKind::lz4, 9});
  const auto opened = Repository::open(store.handle());
  const auto& document = opened.document();
  CHECK(document.id == made.document().id);
  CHECK(document.id.size() == 32);
  CHECK(document.engine == "postgresql");
  CHECK(document.notation == LsnNotation::hex_pair);
  CHECK(document.codec == Codec{CodecKind::lz4, 9});
  CHECK(document.chunk_secret == made.document().chunk_secret);
  CHECK(document.created_at == made.document().created_at);
}

TEST_CASE("repositories differ in id and secret") {
  const auto a = new_repository(MemoryStore());
  const auto b = new_repository(MemoryStore());
  CHECK(a.document().id != b.document().id);
  CHECK(a.document().chunk_secret != b.document().chunk_secret);
}

TEST_CASE("where anything is no repository is made") {
  for (const auto* key : {"pitr.json", "segments/00000001/0000000000000001.seg", "readme"}) {
    const MemoryStore store;
    store.objects()[key] = bytes_of("x");
    const auto problem = caught([&] { new_repository(store); });
    CHECK(problem.code() == Errc::conflict);
    CHECK(store.objects().size() == 1);
  }
}

TEST_CASE("of two that make a repository at the same time one wins") {
  const TempDir directory;
  const auto url = (directory / "repository").string();
  std::array<std::string, 2> results;
  std::vector<std::thread> threads;
  for (auto& result : results) {
    threads.emplace_back([&] {
      try {
        result = Repository::init(open_store(url, true), "sqlite", LsnNotation::decimal, {}).document().id;
      } catch (const Error& e) {
        result = code_name(e.code());
      }
    });
  }
  for (auto& thread : threads) thread.join();
  const auto id = Repository::open(open_store(url, false)).document().id;
  const bool first_won = results[0] == id;
  CHECK(results[first_won ? 0 : 1] == id);
  CHECK(results[first_won ? 1 : 0] == "conflict");
}

TEST_CASE("who is overtaken between looking and creating makes no repository") {
  MemoryStore store;
  bool overtaken = false;
  store.before_create([&](const std::string&) {
    if (!std::exchange(overtaken, true)) new_repository(store);
  });
  CHECK(caught([&] { new_repository(store); }).code() == Errc::conflict);
  CHECK_NOTHROW(Repository::open(store.handle()));
}

TEST_CASE("where nothing is there is no repository to open") {
  const MemoryStore store;
  CHECK(caught([&] { Repository::open(store.handle()); }).code() == Errc::not_found);
  store.objects()["readme"] = bytes_of("x");
  CHECK(caught([&] { Repository::open(store.handle()); }).code() == Errc::not_found);
}

TEST_CASE("a repository without its pitr.json is corrupt, not absent") {
  const MemoryStore store;
  create_all(new_repository(store), 1, bytes_of("log"));
  store.objects().erase("pitr.json");
  const auto problem = caught([&] { Repository::open(store.handle()); });
  CHECK(problem.code() == Errc::corrupt);
  CHECK(contains(problem.what(), "pitr.json"));
}

TEST_CASE("a repository with any byte of its pitr.json changed, or cut off anywhere, is not opened") {
  const MemoryStore store;
  new_repository(store);
  const auto good = store.objects()["pitr.json"];
  const auto is_refused = [&](Bytes bytes) {
    store.objects()["pitr.json"] = std::move(bytes);
    return is_corrupt([&] { Repository::open(store.handle()); });
  };
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (const unsigned by : {1U, 2U, 0x10U, 0x20U, 0x80U, 0xffU}) REQUIRE(is_refused(flipped(good, at, by)));
    REQUIRE(is_refused(cut(good, at)));
  }
}

TEST_CASE("a pitr.json that says what cannot be is refused") {
  const std::vector<std::pair<const char*, Json>> changes = {
      {"format", 2},          {"format", 0},          {"format", "1"},        {"kind", "timeline"},
      {"repository", "abc"},  {"engine", ""},         {"lsn", "octal"},       {"compression", "zip"},
      {"chunk_secret", "00"}, {"created_at", "once"}, {"encrypted", nullptr},
  };
  for (const auto& change : changes) {
    const auto& key = change.first;
    const auto& value = change.second;
    const MemoryStore store;
    new_repository(store);
    change_repository(store, key, value);
    CAPTURE(key);
    CAPTURE(value);
    CHECK(caught([&] { Repository::open(store.handle()); }).code() == Errc::corrupt);
  }
}

TEST_CASE("an encrypted repository is refused with the reason") {
  const MemoryStore store;
  new_repository(store);
  change_repository(store, "encrypted", true);
  const auto problem = caught([&] { Repository::open(store.handle()); });
  CHECK(problem.code() == Errc::usage);
  CHECK(contains(problem.what(), "encrypted"));
}

TEST_CASE("members of pitr.json that are not known are ignored") {
  const MemoryStore store;
  new_repository(store);
  change_repository(store, "colour", "green");
  CHECK_NOTHROW(Repository::open(store.handle()));
}

TEST_CASE("a timeline is created once: the same again is a repeat, another is not") {
  const MemoryStore store;
  const auto repository = new_repository(store);
  auto timeline = sample_timeline(repository);
  CHECK(repository.create_timeline(timeline) == Creation::created);
  timeline.created_at = {5000};
  CHECK(repository.create_timeline(timeline) == Creation::repeated);
  timeline.restore_id = "abc";
  CHECK(repository.create_timeline(timeline) == Creation::lost);
  timeline = sample_timeline(repository);
  timeline.source["path"] = "/elsewhere";
  CHECK(repository.create_timeline(timeline) == Creation::lost);
  CHECK_FALSE(repository.load_catalogue().timelines.at({1}).document->restore_id);
}

TEST_CASE("a segment is stored, and its raw bytes come back") {
  Random random(test_seed());
  for (const auto kind : kAllCodecs) {
    const MemoryStore store;
    const auto repository = new_repository(store, {kind});
    const auto raw = random_runs(random, 3000000);
    auto manifest = sample_segment(repository);
    CHECK(repository.create_segment(manifest, writes(raw)) == Creation::created);
    CHECK(manifest.payload.size == raw.size());
    CHECK(manifest.payload.codec == codec_name(kind));
    CHECK(drain(*repository.open_segment(manifest)) == raw);
  }
}

TEST_CASE("a segment without log is stored") {
  const MemoryStore store;
  const auto repository = new_repository(store);
  auto manifest = sample_segment(repository);
  manifest.content = SegmentContent::start;
  manifest.end_lsn = manifest.last_record_lsn = manifest.start_lsn;
  CHECK(repository.create_segment(manifest, [](ByteSink&) {}) == Creation::created);
  CHECK(drain(*repository.open_segment(manifest)).empty());
}

TEST_CASE("the same segment again is a repeat, and the manifest is then the stored one") {
  const MemoryStore store;
  const auto repository = new_repository(store);
  const auto raw = bytes_of("the log");
  auto first = sample_segment(repository);
  REQUIRE(repository.create_segment(first, writes(raw)) == Creation::created);
  const auto object = store.objects()[kFirstSegment];
  auto again = sample_segment(repository);
  again.archived_at = {9000};
  CHECK(repository.create_segment(again, writes(raw)) == Creation::repeated);
  CHECK(to_json(again, LsnNotation::decimal) == to_json(first, LsnNotation::decimal));
  CHECK(store.objects()[kFirstSegment] == object);
}

TEST_CASE("the same segment in another codec is a repeat") {
  const MemoryStore store;
  auto repository = new_repository(store, {CodecKind::lz4});
  const auto raw = bytes_of("the log, the log, the log, the log");
  auto manifest = sample_segment(repository);
  REQUIRE(repository.create_segment(manifest, writes(raw)) == Creation::created);
  change_repository(store, "compression", "zstd:3");
  const auto reopened = Repository::open(store.handle());
  auto again = sample_segment(reopened);
  CHECK(reopened.create_segment(again, writes(raw)) == Creation::repeated);
  CHECK(again.payload.codec == "lz4");
  CHECK(drain(*reopened.open_segment(again)) == raw);
}

TEST_CASE("a segment that differs in anything that matters has lost") {
  const MemoryStore store;
  const auto repository = new_repository(store);
  const auto raw = bytes_of("the log");
  auto first = sample_segment(repository);
  REQUIRE(repository.create_segment(first, writes(raw)) == Creation::created);
  const auto object = store.objects()[kFirstSegment];
  const std::vector<std::function<void(SegmentManifest&)>> changes = {
      [](auto& m) { m.start_lsn.value += 1; },
      [](auto& m) { m.end_lsn.value += 1; },
      [](auto& m) { m.last_record_lsn.value -= 1; },
      [](auto& m) { m.link_in += "x"; },
      [](auto& m) { m.link_out += "x"; },
      [](auto& m) {
        m.engine_data = Json{{"page_size", 512}};
      },
  };
  for (const auto& change : changes) {
    auto other = sample_segment(repository);
    change(other);
    CHECK(repository.create_segment(other, writes(raw)) == Creation::lost);
  }
  auto other = sample_segment(repository);
  CHECK(repository.create_segment(other, writes(bytes_of("the 1og"))) == Creation::lost);
  CHECK(store.objects()[kFirstSegment] == object);
}

TEST_CASE("a repeat of a segment that is damaged is corrupt, not a success") {
  const MemoryStore store;
  const auto repository = new_repository(store);
  const auto raw = bytes_of("the log");
  auto manifest = sample_segment(repository);
  REQUIRE(repository.create_segment(manifest, writes(raw)) == Creation::created);
  const auto good = store.objects()[kFirstSegment];
  auto again = sample_segment(repository);
  store.objects()[kFirstSegment] = cut(good, good.size() - 1);
  CHECK(is_corrupt([&] { (void)repository.create_segment(again, writes(raw)); }));
  store.objects()[kFirstSegment] = flipped(good, 20, 1);
  CHECK(is_corrupt([&] { (void)repository.create_segment(again, writes(raw)); }));
}

TEST_CASE("nothing of another repository is stored") {
  const MemoryStore store;
  const auto repository = new_repository(store);
  const auto other = new_repository(MemoryStore());
  auto segment = sample_segment(other);
  CHECK(caught([&] { (void)repository.create_segment(segment, [](ByteSink&) {}); }).code() == Errc::internal);
  CHECK(caught([&] { (void)repository.create_timeline(sample_timeline(other)); }).code() == Errc::internal);
  CHECK(caught([&] { repository.create_restore_point(sample_restore_point(other)); }).code() ==
        Errc::internal);
  CHECK(store.objects().size() == 1);
}

TEST_CASE("what fails while a segment is written leaves nothing") {
  const MemoryStore store;
  const auto repository = new_repository(store);
  auto manifest = sample_segment(repository);
  const auto fails = [](ByteSink& sink) {
    sink.write(bytes_of("half"));
    throw Error(Errc::io_error, "the source is gone");
  };
  CHECK(caught([&] { (void)repository.create_segment(manifest, fails); }).code() == Errc::io_error);
  CHECK(store.objects().size() == 1);
}

TEST_CASE("a segment that is gone is a gap in the log") {
  const MemoryStore store;
  const auto repository = new_repository(store);
  auto manifest = sample_segment(repository);
  REQUIRE(repository.create_segment(manifest, [](ByteSink&) {}) == Creation::created);
  store.objects().erase(kFirstSegment);
  const auto problem = caught([&] { (void)repository.open_segment(manifest); });
  CHECK(problem.code() == Errc::wal_gap);
  CHECK(contains(problem.what(), kFirstSegment));
}

TEST_CASE("a segment by its number is one request, however it is read") {
  const MemoryStore store;
  const auto repository = new_repository(store, {CodecKind::none, 0});
  const Bytes raw(5 * kPayloadBlock, std::byte{7});
  create_all(repository, 1, raw);
  store.reads().clear();
  const auto segment = repository.open_segment({1}, {1});
  REQUIRE(segment.has_value());
  CHECK(drain(*segment->raw) == raw);
  CHECK(store.reads().size() == 1);
  CHECK_FALSE(repository.open_segment({1}, {2}).has_value());
  CHECK(store.reads().size() == 2);
}

TEST_CASE("a segment by its number that is unusually large is read to its end, and damage in it is seen") {
  const MemoryStore store;
  const auto repository = new_repository(store, {CodecKind::none, 0});
  const Bytes raw(33 * kPayloadBlock + 1, std::byte{7});
  create_all(repository, 1, raw);
  CHECK(drain(*repository.open_segment({1}, {1})->raw) == raw);
  store.objects()[kFirstSegment].back() ^= std::byte{1};
  CHECK(is_corrupt([&] { drain(*repository.open_segment({1}, {1})->raw); }));
}

TEST_CASE("the segments of a timeline are listed without reading them") {
  const MemoryStore store;
  const auto repository = new_repository(store);
  create_all(repository, 2, {});
  store.objects()[segment_key({1}, {5}, {7})] = {};
  store.objects()[segment_key({2}, {9}, {9})] = {};
  store.objects()["segments/00000001/unknown"] = {};
  store.reads().clear();
  std::vector<std::uint64_t> last;
  for (const SegmentEntry& entry : repository.segments({1})) last.push_back(entry.last_number.value);
  std::sort(last.begin(), last.end());
  CHECK(last == std::vector<std::uint64_t>{1, 2, 7});
  CHECK(store.reads().empty());
}

TEST_CASE("a segment that is not the one that was planned with is corrupt") {
  const MemoryStore store;
  const auto repository = new_repository(store);
  auto planned = sample_segment(repository);
  REQUIRE(repository.create_segment(planned, writes(bytes_of("one"))) == Creation::created);
  store.objects().erase(kFirstSegment);
  auto other = sample_segment(repository);
  REQUIRE(repository.create_segment(other, writes(bytes_of("two"))) == Creation::created);
  CHECK(is_corrupt([&] { (void)repository.open_segment(planned); }));
}

TEST_CASE("a segment with any byte changed, added or taken away is never read to its end") {
  const MemoryStore store;
  const auto repository = new_repository(store);
  auto manifest = sample_segment(repository);
  REQUIRE(repository.create_segment(manifest, writes(bytes_of("some log, some log"))) == Creation::created);
  const auto good = store.objects()[kFirstSegment];
  const auto is_refused = [&](Bytes bytes) {
    store.objects()[kFirstSegment] = std::move(bytes);
    return is_corrupt([&] { drain(*repository.open_segment(manifest)); });
  };
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (const unsigned by : {1U, 2U, 0x10U, 0x20U, 0x80U, 0xffU}) REQUIRE(is_refused(flipped(good, at, by)));
    REQUIRE(is_refused(without(good, at)));
    REQUIRE(is_refused(with(good, at, '0')));
    REQUIRE(is_refused(cut(good, at)));
  }
  REQUIRE(is_refused(with(good, good.size(), 0)));
}

TEST_CASE("a restore point's generations follow each other") {
  const MemoryStore store;
  const auto repository = new_repository(store);
  auto point = sample_restore_point(repository);
  const auto key = [&](std::uint64_t n) { return restore_point_key({1}, {15}, point.name, n); };
  repository.create_restore_point(point);
  CHECK(store.objects().count(key(1)) == 1);
  point.deleted = true;
  repository.create_restore_point(point);
  point.deleted = false;
  repository.create_restore_point(point);
  CHECK(store.objects().count(key(3)) == 1);
  CHECK(store.objects().count(key(4)) == 0);
}

TEST_CASE("the same restore point again changes nothing") {
  const MemoryStore store;
  const auto repository = new_repository(store);
  auto point = sample_restore_point(repository);
  repository.create_restore_point(point);
  const auto objects = store.objects();
  point.created_at = {9999};
  repository.create_restore_point(point);
  CHECK(store.objects() == objects);
}

TEST_CASE("who loses the race for a generation takes the next") {
  MemoryStore store;
  const auto repository = new_repository(store);
  auto mine = sample_restore_point(repository);
  auto theirs = mine;
  theirs.description = "theirs";
  bool raced = false;
  store.before_create([&](const std::string&) {
    if (!std::exchange(raced, true)) repository.create_restore_point(theirs);
  });
  repository.create_restore_point(mine);
  const auto points = repository.load_catalogue().restore_points;
  REQUIRE(points.size() == 1);
  CHECK(points[0].description == "as agreed");
  CHECK(store.objects().count(restore_point_key({1}, {15}, mine.name, 2)) == 1);
}

TEST_CASE("a file beside the log is kept byte for byte, and never replaced") {
  const MemoryStore store;
  const auto repository = new_repository(store);
  CHECK_FALSE(repository.read_file("00000002.history").has_value());
  CHECK(repository.create_file("00000002.history", bytes_of("one")) == Creation::created);
  CHECK(repository.create_file("00000002.history", bytes_of("one")) == Creation::repeated);
  CHECK(repository.create_file("00000002.history", bytes_of("two")) == Creation::lost);
  CHECK(repository.read_file("00000002.history") == bytes_of("one"));
  CHECK(repository.load_catalogue().files.size() == 1);
  auto& stored = store.objects()["files/00000002.history"];
  stored.back() ^= std::byte{1};
  CHECK(caught([&] { static_cast<void>(repository.read_file("00000002.history")); }).code() == Errc::corrupt);
}

TEST_CASE("a payload that was made before is stored like one that is written") {
  const MemoryStore store;
  const auto repository = new_repository(store);
  auto manifest = sample_segment(repository);
  const auto payload = repository.encode(bytes_of("log"));
  CHECK(repository.create_segment(manifest, *payload) == Creation::created);
  const auto source = repository.open_segment(*repository.segment({1}, {1}));
  CHECK(read_all(*source, 10, "segment") == bytes_of("log"));
  CHECK(repository.create_segment(manifest, *repository.encode(bytes_of("log"))) == Creation::repeated);
  CHECK(repository.create_segment(manifest, *repository.encode(bytes_of("other"))) == Creation::lost);
}

}  // namespace pitr
