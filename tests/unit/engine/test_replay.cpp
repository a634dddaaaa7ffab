#include "engine/sqlite/replay.hpp"
#include "engine/sqlite/segmenter.hpp"
#include "engine_test.hpp"

namespace pitr::sqlite {
namespace {

using test::Frame;
using test::MemoryChain;

constexpr std::uint32_t kPage = 4096;
constexpr std::uint32_t kPagesPerChunk = kChunkSize / kPage;

// A snapshot whose page n (from 1) is filled with `fill`.
MemoryChain snapshot(std::uint32_t pages, unsigned char fill = 's') {
  SnapshotManifest manifest;
  manifest.id = "20261123T101112Z-1a2b3c";
  manifest.engine_data["page_size"] = kPage;
  return {manifest, "app.db", Bytes(std::size_t{pages} * kPage, std::byte{fill})};
}

// One letter for each page of a database; '?' for a page of different bytes.
std::string letters(const Bytes& bytes) {
  REQUIRE(bytes.size() % kPage == 0);
  std::string text;
  for (std::size_t at = 0; at < bytes.size(); at += kPage) {
    const Bytes page(kPage, bytes[at]);
    const bool uniform =
        std::equal(page.begin(), page.end(), bytes.begin() + static_cast<std::ptrdiff_t>(at));
    text += !uniform ? '?' : bytes[at] == std::byte{0} ? '0' : static_cast<char>(bytes[at]);
  }
  return text;
}

void add(MemoryChain& chain, const std::vector<Frame>& frames, bool streamed = false) {
  const Lsn start = chain.segments().empty() ? Lsn{100} : chain.segments().back().manifest.end_lsn;
  auto segment = test::segment_of(kPage, frames, start);
  if (streamed) segment.manifest.payload.size = Segmenter::kSegmentSize + kWalHeaderSize + 1;
  chain.add(segment);
}

TEST_CASE("a snapshot without log is restored as it is") {
  CHECK(letters(test::replayed(snapshot(5))) == "sssss");
}

TEST_CASE("the newest version of every page wins") {
  MemoryChain chain = snapshot(5);
  add(chain, {{2, 0, 'a'}, {3, 5, 'a'}, {3, 5, 'b'}});
  add(chain, {{3, 0, 'c'}, {4, 5, 'c'}});
  CHECK(letters(test::replayed(chain)) == "saccs");
}

TEST_CASE("within a transaction the last image of a page counts") {
  MemoryChain chain = snapshot(3);
  add(chain, {{2, 0, 'a'}, {3, 0, 'a'}, {2, 3, 'b'}});
  CHECK(letters(test::replayed(chain)) == "sba");
}

TEST_CASE("a database that grew has all its pages") {
  MemoryChain chain = snapshot(2);
  add(chain, {{3, 0, 'a'}, {4, 4, 'a'}});
  CHECK(letters(test::replayed(chain)) == "ssaa");
}

TEST_CASE("pages beyond the last commit's size are gone, and older ones do not come back") {
  MemoryChain chain = snapshot(6);
  add(chain, {{5, 0, 'a'}, {6, 6, 'a'}});
  add(chain, {{1, 3, 'b'}});
  CHECK(letters(test::replayed(chain)) == "bss");
}

TEST_CASE("only what belongs to the chosen part of a segment counts") {
  auto segment =
      test::segment_of(kPage, {{1, 4, 'a'}, {2, 4, 'b'}, {3, 0, 'c'}, {4, 4, 'c'}, {1, 4, 'd'}}, {100});
  const auto part = [&](std::uint64_t from, std::uint64_t to) {
    MemoryChain chain = snapshot(4);
    chain.add(segment, {from}, {to});
    return letters(test::replayed(chain));
  };
  CHECK(part(100, 105) == "dbcc");
  CHECK(part(100, 104) == "abcc");
  CHECK(part(100, 102) == "abss");
  CHECK(part(101, 102) == "sbss");
  CHECK(part(102, 105) == "dscc");
  CHECK(part(104, 105) == "dsss");
}

TEST_CASE("a transaction that the target cuts off does not count") {
  auto segment = test::segment_of(kPage, {{1, 2, 'a'}, {2, 0, 'b'}, {1, 2, 'b'}}, {100});
  MemoryChain chain = snapshot(2);
  chain.add(segment, {100}, {102});
  CHECK(letters(test::replayed(chain)) == "as");
}

TEST_CASE("a part with no commit in it changes nothing, not even the size") {
  auto segment = test::segment_of(kPage, {{1, 0, 'a'}, {2, 0, 'a'}, {3, 3, 'a'}}, {100});
  MemoryChain chain = snapshot(2);
  chain.add(segment, {100}, {102});
  CHECK(letters(test::replayed(chain)) == "ss");
}

TEST_CASE("a segment too large for memory is replayed from its start, and the last image of a page counts") {
  MemoryChain chain = snapshot(5);
  add(chain, {{1, 0, 'a'}, {2, 5, 'a'}});
  add(chain, {{2, 0, 'b'}, {3, 0, 'b'}, {2, 0, 'c'}, {4, 5, 'c'}}, true);
  add(chain, {{4, 5, 'd'}});
  CHECK(letters(test::replayed(chain)) == "acbds");
}

TEST_CASE("a large segment that shrinks the database is replayed to its size") {
  MemoryChain chain = snapshot(5);
  add(chain, {{5, 5, 'a'}});
  add(chain, {{4, 0, 'b'}, {1, 2, 'b'}}, true);
  CHECK(letters(test::replayed(chain)) == "bs");
}

TEST_CASE("a large segment whose commit lies beyond the target does not count") {
  auto segment = test::segment_of(kPage, {{1, 0, 'a'}, {2, 2, 'a'}}, {100});
  segment.manifest.payload.size = Segmenter::kSegmentSize + kWalHeaderSize + 1;
  MemoryChain chain = snapshot(2);
  chain.add(segment, {100}, {101});
  CHECK(letters(test::replayed(chain)) == "ss");
}

TEST_CASE("chunks of zeros come back as zeros") {
  SnapshotManifest manifest;
  manifest.engine_data["page_size"] = kPage;
  Bytes bytes(3 * kChunkSize, std::byte{'s'});
  std::fill_n(bytes.begin() + kChunkSize, kChunkSize, std::byte{0});
  MemoryChain chain(manifest, "app.db", bytes);
  REQUIRE_FALSE(chain.files().files[0].chunks[1].pack);
  const std::uint32_t pages = 3 * kPagesPerChunk;
  add(chain, {{kPagesPerChunk + 2, pages, 'a'}});
  std::string expected =
      std::string(kPagesPerChunk, 's') + std::string(kPagesPerChunk, '0') + std::string(kPagesPerChunk, 's');
  expected[kPagesPerChunk + 1] = 'a';
  CHECK(letters(test::replayed(chain)) == expected);
}

TEST_CASE("pages that neither snapshot nor log hold are zeros") {
  MemoryChain chain = snapshot(1);
  add(chain, {{4, 4, 'a'}});
  CHECK(letters(test::replayed(chain)) == "s00a");
}

TEST_CASE("the size a restore needs is that of the state it leads to") {
  MemoryChain chain = snapshot(2);
  CHECK(size_at(chain) == 2 * kPage);
  add(chain, {{3, 3, 'a'}});
  CHECK(size_at(chain) == 3 * kPage);
}

// Where a replay writes.
struct Directories {
  test::TempDir directory;
  fs::path staging = directory / "staging";
  fs::path target = directory / "target";
  NoProgress progress;

  Directories() {
    fs::create_directory(staging);
    fs::create_directory(target);
  }
  ReplayResult replay_to(const ChainContents& chain, Progress& told) {
    const RestoreMark mark{"0123456789abcdef0123456789abcdef", {3}, {42}, "4567", {}};
    return replay({chain, {42}, {3}, staging, target, mark, {}, 2, told});
  }
};

// Looks at the target directory whenever it is told anything.
class Watcher : public NoProgress {
 public:
  explicit Watcher(fs::path target) : database_(std::move(target)) {}
  void begin(std::string_view, std::uint64_t) override { look(); }
  void advance(std::uint64_t) override { look(); }
  bool seen = false;

 private:
  void look() { seen = seen || fs::exists(database_); }
  fs::path database_;
};

TEST_CASE("nothing has the database's name before all of it is there") {
  Directories place;
  Watcher watcher(place.target / "app.db");
  MemoryChain chain = snapshot(200);
  add(chain, {{2, 200, 'a'}});
  place.replay_to(chain, watcher);
  CHECK_FALSE(watcher.seen);
  CHECK(fs::exists(place.target / "app.db"));
  CHECK(fs::is_empty(place.staging));
}

TEST_CASE("a damaged segment leaves nothing that has the database's name") {
  for (const bool streamed : {false, true}) {
    Directories place;
    MemoryChain chain = snapshot(3);
    auto segment = test::segment_of(kPage, {{1, 3, 'a'}}, {100});
    segment.raw.resize(segment.raw.size() - 1);
    if (streamed) segment.manifest.payload.size = Segmenter::kSegmentSize + kWalHeaderSize + 1;
    chain.add(segment);
    CHECK(test::caught([&] { place.replay_to(chain, place.progress); }).code() == Errc::corrupt);
    CHECK(fs::is_empty(place.target));
  }
}

TEST_CASE("a restored database gets the mode it had and a mark that says where it came from") {
  Directories place;
  const auto result = place.replay_to(snapshot(3), place.progress);
  CHECK(result.files == std::vector<std::string>{"app.db"});
  struct stat status {};
  REQUIRE(stat((place.target / "app.db").c_str(), &status) == 0);
  CHECK((status.st_mode & 07777U) == 0640);
  const auto mark = read_restore_mark(place.target, "app.db");
  REQUIRE(mark);
  CHECK(mark->timeline == TimelineId{3});
  CHECK(mark->lsn == Lsn{42});
  CHECK(mark->restore_id == "4567");
}

TEST_CASE("a replay tells what it read and wrote") {
  Directories place;
  MemoryChain chain = snapshot(kPagesPerChunk);
  add(chain, {{1, 0, 'a'}, {2, kPagesPerChunk, 'a'}, {2, kPagesPerChunk, 'b'}});
  const auto result = place.replay_to(chain, place.progress);
  CHECK(result.records == 3);
  CHECK(result.transactions == 2);
  CHECK(result.log_bytes == chain.segments()[0].manifest.payload.size);
  CHECK(result.snapshot_bytes == kChunkSize);
  CHECK(result.written_bytes == kChunkSize);
  CHECK(result.size == kChunkSize);
}

TEST_CASE("a snapshot that does not hold one database is corrupt") {
  const auto refused = [](auto damage) {
    MemoryChain chain = snapshot(2);
    damage(chain);
    return test::caught([&] { test::replayed(chain); }).code() == Errc::corrupt;
  };
  CHECK(refused([](MemoryChain& c) { c.files().files.clear(); }));
  CHECK(refused([](MemoryChain& c) { c.files().files.push_back(c.files().files[0]); }));
  CHECK(refused([](MemoryChain& c) { c.files().files[0].path = "../app.db"; }));
  CHECK(refused([](MemoryChain& c) { c.files().files[0].path = ".pitrctl.json"; }));
  CHECK(refused([](MemoryChain& c) { c.files().files[0].size = kPage + 1; }));
}

}  // namespace
}  // namespace pitr::sqlite
