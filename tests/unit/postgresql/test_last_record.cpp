#include "engine/postgresql/last_record.hpp"
#include "engine/postgresql/page_header.hpp"
#include "support/caught.hpp"
#include "support/memory_source.hpp"
#include "support/postgresql_wal.hpp"

#include <doctest/doctest.h>

namespace pitr::postgresql {
namespace {

using test::PostgresqlWal;

constexpr std::uint64_t kSize = PostgresqlWal::kSegmentSize;

// A log as the segments of a plan, of which it counts those that are read.
class LogChain : public ChainContents {
 public:
  explicit LogChain(const PostgresqlWal& wal, Lsn consistent = {0}) {
    snapshot_.consistent_lsn = consistent;
    for (const Bytes& raw : wal.segments()) {
      const Lsn start = parse_segment_header(raw, "s").page.address;
      ChainSegment segment;
      segment.manifest.start_lsn = segment.from = start;
      segment.manifest.end_lsn = segment.to = {start.value + raw.size()};
      segment.manifest.payload.size = raw.size();
      segments_.push_back(segment);
      raw_.emplace_back(as_text(raw));
    }
  }
  void drop_first() {
    segments_.erase(segments_.begin());
    raw_.erase(raw_.begin());
  }
  std::vector<ChainSegment>& segments_to_change() { return segments_; }

  [[nodiscard]] const SnapshotManifest& snapshot() const override { return snapshot_; }
  [[nodiscard]] const FileTable& files() const override { return table_; }
  [[nodiscard]] Bytes read_chunk(const Chunk& /*chunk*/) const override { return {}; }
  [[nodiscard]] bool is_chunk(const Chunk& /*chunk*/, ByteView /*bytes*/) const override { return false; }
  [[nodiscard]] const std::vector<ChainSegment>& segments() const override { return segments_; }
  [[nodiscard]] std::unique_ptr<ByteSource> open_segment(std::size_t index) const override {
    ++opened;
    return std::make_unique<test::MemorySource>(raw_.at(index), 100'000);
  }

  mutable int opened = 0;

 private:
  SnapshotManifest snapshot_;
  FileTable table_;
  std::vector<ChainSegment> segments_;
  std::vector<std::string> raw_;
};

// Records and where they end; the second segment ends with a switch.
struct Log {
  PostgresqlWal wal;
  std::vector<RecordPlace> records;
  Log() {
    while (wal.end().value < 4 * kSize + kSize / 2) add(3000 + wal.end().value % 7000);
    records.push_back({wal.end(), {5 * kSize}});
    wal.switch_segment();
  }
  void add(std::uint64_t size) {
    const Lsn start = wal.filler(static_cast<std::uint32_t>(size));
    records.push_back({start, wal.end()});
  }
};

bool is(const RecordPlace& a, const RecordPlace& b) { return a.start == b.start && a.end == b.end; }

TEST_CASE("the last record that ends at or before any position is found, over segments' ends too") {
  const Log log;
  const LogChain chain(log.wal);
  for (std::size_t i = 1; i < log.records.size(); i += 5) {
    const RecordPlace& record = log.records[i];
    CHECK(is(last_record(chain, record.end), record));
    CHECK(is(last_record(chain, {record.end.value - 1}), log.records[i - 1]));
  }
  const auto crossing = std::find_if(log.records.begin(), log.records.end(),
                                     [](const RecordPlace& r) { return r.end.value > 4 * kSize; });
  REQUIRE(crossing->start.value < 4 * kSize);
  CHECK(is(last_record(chain, crossing->end), *crossing));
  CHECK(is(last_record(chain, {4 * kSize}), *std::prev(crossing)));
}

TEST_CASE("a switch ends where its segment does, and the empty tail before belongs to the record before it") {
  const Log log;
  const LogChain chain(log.wal);
  CHECK(is(last_record(chain, {5 * kSize}), log.records.back()));
  CHECK(is(last_record(chain, {5 * kSize - 8}), *(log.records.end() - 2)));
}

TEST_CASE("only segments from the end are read") {
  const Log log;
  const LogChain chain(log.wal);
  static_cast<void>(last_record(chain, {5 * kSize}));
  CHECK(chain.opened == 1);
}

TEST_CASE("a record that fills segments begins where they do not show it") {
  PostgresqlWal wal;
  wal.filler(100);
  const Lsn start = wal.filler(3 * kSize);
  const Lsn end = wal.end();
  wal.switch_segment();
  LogChain chain(wal);
  CHECK(is(last_record(chain, end), {start, end}));
  chain.drop_first();
  CHECK(test::caught([&] { static_cast<void>(last_record(chain, end)); }).code() == Errc::internal);
}

TEST_CASE("a target before the snapshot is consistent ends where it becomes so") {
  const Log log;
  const Lsn consistent = log.records[40].end;
  const LogChain chain(log.wal, consistent);
  CHECK(is(last_record(chain, log.records[3].end), log.records[40]));
  CHECK(is(last_record(chain, log.records[41].end), log.records[41]));
  const LogChain inside(log.wal, {consistent.value + 8});
  CHECK(test::caught([&] { static_cast<void>(last_record(inside, consistent)); }).code() == Errc::corrupt);
}

TEST_CASE("what a later timeline replaced does not count") {
  const Log log;
  LogChain chain(log.wal);
  const auto inside = std::find_if(log.records.begin(), log.records.end(),
                                   [](const RecordPlace& r) { return r.end.value > 3 * kSize + kSize / 2; });
  chain.segments_to_change()[0].to = inside->end;
  CHECK(is(last_record(chain, {4 * kSize}), *inside));
}

TEST_CASE("a segment that is not what its manifest says is corrupt") {
  const Log log;
  const auto refused = [&](auto damage) {
    LogChain chain(log.wal);
    damage(chain.segments_to_change().back().manifest);
    return test::caught([&] { static_cast<void>(last_record(chain, {5 * kSize})); }).code() == Errc::corrupt;
  };
  CHECK(refused([](SegmentManifest& m) { m.payload.size -= 1; }));
  CHECK(refused([](SegmentManifest& m) { m.payload.size += 1; }));
  CHECK(refused([](SegmentManifest& m) { m.payload.size = std::uint64_t{1} << 40U; }));
  CHECK(refused([](SegmentManifest& m) { m.start_lsn.value -= 8; }));
}

}  // namespace
}  // namespace pitr::postgresql
