#include "run/planning.hpp"

#include "repo/snapshot_reader.hpp"

#include <map>
#include <utility>

#include <fmt/format.h>

namespace pitr {

namespace {

// A planner that goes on asking has a fault; it must not hang an operator's terminal.
constexpr int kMostQuestions = 100'000;

void load(const Repository& repository, Catalogue& catalogue, const NeedManifests& need, std::size_t jobs) {
  std::map<TimelineId, std::vector<SegmentEntry>> by_timeline;
  for (const PlannedSegment& segment : need.segments) by_timeline[segment.timeline].push_back(segment.entry);
  for (const auto& [timeline, entries] : by_timeline)
    repository.load_manifests(catalogue, timeline, entries, jobs);
}

void scan(const ArchivedDatabase& database, const Catalogue& catalogue, const NeedFacts& need,
          FactsBySegment& facts) {
  for (const PlannedSegment& segment : need.segments) {
    const auto* const loaded = catalogue.loaded(segment.timeline, segment.entry);
    if (loaded == nullptr || !loaded->manifest)
      throw Error(Errc::internal, "the plan asks for facts of an unread segment");
    const auto source = database.repository.open_segment(*loaded->manifest);
    SegmentFacts& found = facts[{segment.timeline, segment.entry.number}];
    found = database.engine.scan(*loaded->manifest, *source, database.key);
    // Whether that does is the planner's to say before the rest is read.
    if (found.sealed > 0) return;
  }
}

class PlanContents : public ChainContents {
 public:
  PlanContents(const Repository& repository, SnapshotManifest snapshot, std::vector<ChainSegment> segments)
      : repository_(repository),
        snapshot_(std::move(snapshot)),
        reader_(repository, snapshot_),
        segments_(std::move(segments)) {}

  [[nodiscard]] const SnapshotManifest& snapshot() const override { return snapshot_; }
  [[nodiscard]] const FileTable& files() const override { return reader_.table(); }
  [[nodiscard]] Bytes read_chunk(const Chunk& chunk) const override { return reader_.read_chunk(chunk); }
  [[nodiscard]] bool is_chunk(const Chunk& chunk, ByteView bytes) const override {
    return reader_.is_chunk(chunk, bytes);
  }
  [[nodiscard]] const std::vector<ChainSegment>& segments() const override { return segments_; }
  [[nodiscard]] std::unique_ptr<ByteSource> open_segment(std::size_t index) const override {
    return repository_.open_segment(segments_[index].manifest);
  }

 private:
  const Repository& repository_;
  SnapshotManifest snapshot_;
  SnapshotReader reader_;
  std::vector<ChainSegment> segments_;
};

}  // namespace

std::variant<Plan, Refusal> make_plan(const ArchivedDatabase& database, Catalogue& catalogue,
                                      const PlanRequest& request, std::size_t jobs) {
  FactsBySegment facts;
  for (int i = 0; i < kMostQuestions; ++i) {
    PlanAnswer answer = plan_restore(catalogue, facts, request);
    if (auto* plan = std::get_if<Plan>(&answer)) return std::move(*plan);
    if (auto* refusal = std::get_if<Refusal>(&answer)) return std::move(*refusal);
    if (const auto* manifests = std::get_if<NeedManifests>(&answer)) {
      load(database.repository, catalogue, *manifests, jobs);
    } else {
      scan(database, catalogue, std::get<NeedFacts>(answer), facts);
    }
  }
  throw Error(Errc::internal, "the planner does not come to an answer");
}

std::unique_ptr<ChainContents> open_contents(const Repository& repository, const Catalogue& catalogue,
                                             const Plan& plan) {
  const SnapshotManifest* const snapshot = catalogue.snapshot(plan.snapshot);
  if (snapshot == nullptr) throw Error(Errc::internal, "the plan names a snapshot that is not there");
  std::vector<ChainSegment> segments;
  segments.reserve(plan.segments.size());
  for (const PlannedSegment& segment : plan.segments) {
    const auto* const loaded = catalogue.loaded(segment.timeline, segment.entry);
    if (loaded == nullptr || !loaded->manifest)
      throw Error(Errc::internal, "the plan names a segment that was not read");
    segments.push_back({*loaded->manifest, segment.from, segment.to});
  }
  return std::make_unique<PlanContents>(repository, *snapshot, std::move(segments));
}

std::unique_ptr<ChainContents> contents_at(const ArchivedDatabase& database, Catalogue& catalogue,
                                           const TimelineLsn& position, const Context& context) {
  PlanRequest request;
  request.target = ToLsn{position.lsn};
  request.timeline = position.timeline;
  request.log = database.engine.log_traits();
  std::string problem;
  try {
    const auto answer = make_plan(database, catalogue, request, context.jobs);
    if (const auto* plan = std::get_if<Plan>(&answer))
      return open_contents(database.repository, catalogue, *plan);
    problem = std::get<Refusal>(answer).message;
  } catch (const Error& error) {
    if (error.code() != Errc::corrupt && error.code() != Errc::wal_gap) throw;
    problem = error.what();
  }
  context.warn(fmt::format("the archived state at LSN {} of timeline {} cannot be read back: {}",
                           format_lsn(position.lsn, database.engine.notation()), position.timeline.value,
                           problem));
  return nullptr;
}

}  // namespace pitr
