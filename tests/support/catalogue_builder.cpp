#include "support/catalogue_builder.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include <doctest/doctest.h>
#include <fmt/format.h>

namespace pitr::test {

namespace {

constexpr std::int64_t kFirstSecond = 1767225600;  // 2026-01-01T00:00:00Z

std::string token(std::uint32_t timeline, std::uint64_t lsn) { return fmt::format("t{}@{}", timeline, lsn); }

CommitFact fact_of(const CommitSpec& spec) {
  CommitFact fact;
  const double second = spec.not_after.value_or(static_cast<double>(spec.lsn));
  fact.point = {Lsn{spec.lsn}, at_second(second), Xid{spec.xid.value_or(1000 + spec.lsn)}};
  fact.not_before = at_second(spec.not_before.value_or(second));
  fact.not_after = at_second(second);
  return fact;
}

void summarize(const std::vector<CommitFact>& commits, SegmentManifest& manifest) {
  manifest.commits.count = commits.size();
  if (commits.empty()) return;
  manifest.commits.first = commits.front().point;
  manifest.commits.last = commits.back().point;
  manifest.time = TimeBounds{*commits.front().not_before, *commits.front().not_after};
  manifest.xid = XidBounds{*commits.front().point.xid, *commits.front().point.xid};
  for (const CommitFact& commit : commits) {
    manifest.time->min = std::min(manifest.time->min, *commit.not_before);
    manifest.time->max = std::max(manifest.time->max, *commit.not_after);
    manifest.xid->min = std::min(manifest.xid->min, *commit.point.xid);
    manifest.xid->max = std::max(manifest.xid->max, *commit.point.xid);
  }
}

}  // namespace

Timestamp at_second(double second) {
  return {kFirstSecond * 1'000'000 + static_cast<std::int64_t>(second * 1'000'000)};
}

CatalogueBuilder::CatalogueBuilder() {
  catalogue.repository = "0123456789abcdef0123456789abcdef";
  catalogue.engine = "sqlite";
}

CatalogueBuilder& CatalogueBuilder::timeline(std::uint32_t id) {
  TimelineDocument document;
  document.timeline = TimelineId{id};
  document.created_at = at_second(0);
  catalogue.timelines[TimelineId{id}] = {TimelineId{id}, document, {}};
  heads_[id] = {0, 1, token(id, 0), 0};
  return *this;
}

CatalogueBuilder& CatalogueBuilder::fork(std::uint32_t id, std::uint32_t parent, std::uint64_t lsn) {
  timeline(id);
  TimelineDocument& document = *catalogue.timelines[TimelineId{id}].document;
  document.parent = TimelineId{parent};
  document.fork_lsn = Lsn{lsn};
  document.created_at = at_second(static_cast<double>(lsn));
  heads_[id] = {lsn, 1, token(parent, lsn), static_cast<double>(lsn)};
  return *this;
}

SegmentManifest CatalogueBuilder::next_manifest(std::uint32_t timeline, SegmentContent content,
                                                std::uint64_t start, std::uint64_t end) {
  const Head& head = heads_.at(timeline);
  SegmentManifest manifest;
  manifest.timeline = TimelineId{timeline};
  manifest.number = SegmentNumber{head.number};
  manifest.content = content;
  manifest.start_lsn = Lsn{start};
  manifest.end_lsn = Lsn{end};
  manifest.link_in = start == head.lsn ? head.link : token(timeline, start);
  manifest.link_out = token(timeline, end);
  manifest.payload.size = 100 * (end - start);
  manifest.payload.stored_size = 10 * (end - start);
  manifest.archived_at = at_second(static_cast<double>(end));
  return manifest;
}

void CatalogueBuilder::add(std::uint32_t timeline, SegmentManifest manifest, SegmentFacts facts,
                           std::uint64_t last_number) {
  Head& head = heads_.at(timeline);
  const SegmentEntry entry{manifest.number, SegmentNumber{last_number}, std::nullopt};
  head.number = std::max(head.number, last_number + 1);
  const bool is_newest = head.number == last_number + 1;
  if (is_newest && manifest.end_lsn.value >= head.lsn) {
    head.lsn = manifest.end_lsn.value;
    head.link = manifest.link_out;
  }
  auto& entries = catalogue.timelines[TimelineId{timeline}].segments;
  const auto place =
      std::upper_bound(entries.begin(), entries.end(), entry, [](const auto& a, const auto& b) {
        return std::tie(a.number, a.last_number) < std::tie(b.number, b.last_number);
      });
  entries.insert(place, entry);
  segments_[{TimelineId{timeline}, entry.number, entry.last_number}] = {std::move(manifest), entry,
                                                                        std::move(facts)};
}

CatalogueBuilder& CatalogueBuilder::log(std::uint32_t timeline, std::vector<CommitSpec> commits) {
  Log log;
  log.commits = std::move(commits);
  return log_with(timeline, std::move(log));
}

CatalogueBuilder& CatalogueBuilder::log_with(std::uint32_t timeline, Log log) {
  const Head& head = heads_.at(timeline);
  const std::uint64_t end = log.to ? *log.to : log.commits.back().lsn;
  SegmentManifest manifest = next_manifest(timeline, SegmentContent::log, log.from.value_or(head.lsn), end);
  if (log.link_in) manifest.link_in = *log.link_in;
  if (log.captured_to) manifest.captured_to = at_second(*log.captured_to);
  if (log.archived_at) manifest.archived_at = at_second(*log.archived_at);
  if (log.numbers) manifest.number = SegmentNumber{log.numbers->first};
  SegmentFacts facts;
  for (const CommitSpec& spec : log.commits) facts.commits.push_back(fact_of(spec));
  facts.records = facts.commits.size();
  summarize(facts.commits, manifest);
  const std::uint64_t last = log.numbers ? log.numbers->second : manifest.number.value;
  add(timeline, std::move(manifest), std::move(facts), last);
  return *this;
}

CatalogueBuilder& CatalogueBuilder::bridge(std::uint32_t timeline, const CommitSpec& to,
                                           std::optional<std::uint64_t> hidden,
                                           std::optional<double> captured_to) {
  const Head head = heads_.at(timeline);
  SegmentManifest manifest = next_manifest(timeline, SegmentContent::bridge, head.lsn, to.lsn);
  CommitSpec spec = to;
  if (!spec.not_before) spec.not_before = static_cast<double>(head.lsn);
  const CommitFact fact = fact_of(spec);
  summarize({fact}, manifest);
  manifest.xid->min = Xid{1000 + head.lsn + 1};
  manifest.hidden_commits = hidden;
  if (captured_to) manifest.captured_to = at_second(*captured_to);
  add(timeline, std::move(manifest), {1, {fact}, {}}, head.number);
  return *this;
}

CatalogueBuilder& CatalogueBuilder::start(std::uint32_t timeline, std::uint64_t lsn) {
  heads_.at(timeline).lsn = lsn;
  heads_.at(timeline).link = token(timeline, lsn);
  SegmentManifest manifest = next_manifest(timeline, SegmentContent::start, lsn, lsn);
  const std::uint64_t number = manifest.number.value;
  add(timeline, std::move(manifest), {}, number);
  return *this;
}

CatalogueBuilder& CatalogueBuilder::mark(std::uint32_t timeline) {
  const std::uint64_t lsn = heads_.at(timeline).lsn;
  SegmentManifest manifest = next_manifest(timeline, SegmentContent::mark, lsn, lsn);
  manifest.link_out = manifest.link_in + "+mark";
  const std::uint64_t number = manifest.number.value;
  add(timeline, std::move(manifest), {}, number);
  return *this;
}

CatalogueBuilder& CatalogueBuilder::snapshot(std::uint32_t timeline) {
  const Head& head = heads_.at(timeline);
  return snapshot_at(timeline, head.lsn, head.number, head.link);
}

CatalogueBuilder& CatalogueBuilder::snapshot_at(std::uint32_t timeline, std::uint64_t lsn,
                                                std::uint64_t next_number,
                                                const std::optional<std::string>& link) {
  SnapshotManifest snapshot;
  snapshot.timeline = TimelineId{timeline};
  snapshot.id = fmt::format("S{:03}", lsn);
  if (timeline > 1) snapshot.id += static_cast<char>('a' + timeline - 1);
  while (catalogue.snapshot(snapshot.id) != nullptr) snapshot.id += '+';
  snapshot.start_lsn = Lsn{lsn};
  snapshot.consistent_lsn = Lsn{lsn};
  snapshot.next_number = SegmentNumber{next_number};
  snapshot.link = link.value_or(token(timeline, lsn));
  snapshot.point = {Lsn{lsn}, at_second(static_cast<double>(lsn)), Xid{1000 + lsn}};
  snapshot.created_at = at_second(static_cast<double>(lsn) + 0.5);
  snapshot.size = 1'000'000;
  return put(std::move(snapshot));
}

CatalogueBuilder& CatalogueBuilder::put(SnapshotManifest snapshot) {
  catalogue.snapshots.push_back(std::move(snapshot));
  sort_snapshots();
  return *this;
}

CatalogueBuilder& CatalogueBuilder::put(SegmentManifest manifest, SegmentFacts facts) {
  const std::uint32_t timeline = manifest.timeline.value;
  const std::uint64_t number = manifest.number.value;
  add(timeline, std::move(manifest), std::move(facts), number);
  return *this;
}

void CatalogueBuilder::sort_snapshots() {
  std::sort(catalogue.snapshots.begin(), catalogue.snapshots.end(), [](const auto& a, const auto& b) {
    return std::tie(a.timeline, a.start_lsn, a.id) < std::tie(b.timeline, b.start_lsn, b.id);
  });
}

CatalogueBuilder& CatalogueBuilder::restore_point(const std::string& name, std::uint32_t timeline,
                                                  std::uint64_t lsn) {
  RestorePoint point;
  point.name = name;
  point.timeline = TimelineId{timeline};
  point.point = {Lsn{lsn}, at_second(static_cast<double>(lsn)), Xid{1000 + lsn}};
  catalogue.restore_points.push_back(std::move(point));
  return *this;
}

CatalogueBuilder::Segment& CatalogueBuilder::find(std::uint32_t timeline, std::uint64_t number) {
  for (auto& [key, segment] : segments_) {
    if (std::get<0>(key).value == timeline && std::get<1>(key).value == number) return segment;
  }
  throw std::out_of_range(fmt::format("no segment {} on timeline {}", number, timeline));
}

CatalogueBuilder& CatalogueBuilder::lose(std::uint32_t timeline, std::uint64_t number) {
  const SegmentEntry entry = find(timeline, number).entry;
  auto& entries = catalogue.timelines[TimelineId{timeline}].segments;
  std::erase_if(entries, [&](const SegmentEntry& e) {
    return e.number == entry.number && e.last_number == entry.last_number;
  });
  segments_.erase({TimelineId{timeline}, entry.number, entry.last_number});
  return *this;
}

CatalogueBuilder& CatalogueBuilder::damage(std::uint32_t timeline, std::uint64_t number) {
  find(timeline, number).is_damaged = true;
  return *this;
}

CatalogueBuilder& CatalogueBuilder::forget_commits(std::uint32_t timeline, std::uint64_t number) {
  SegmentManifest& manifest = find(timeline, number).manifest;
  manifest.commits = {std::nullopt, std::nullopt, std::nullopt};
  manifest.time.reset();
  manifest.xid.reset();
  manifest.captured_to.reset();
  return *this;
}

CatalogueBuilder& CatalogueBuilder::seal(std::uint32_t timeline, std::uint64_t number) {
  forget_commits(timeline, number);
  SegmentFacts& facts = find(timeline, number).facts;
  facts = {facts.records, {}, {}, facts.records};
  return *this;
}

CatalogueBuilder& CatalogueBuilder::damage_snapshot(const std::string& id) {
  std::erase_if(catalogue.snapshots, [&](const SnapshotManifest& s) { return s.id == id; });
  catalogue.damaged.push_back({"snapshots/" + id + ".json.zst", "its sum does not hold"});
  return *this;
}

CatalogueBuilder& CatalogueBuilder::damage_timeline(std::uint32_t timeline) {
  catalogue.timelines[TimelineId{timeline}].document.reset();
  return *this;
}

const CatalogueBuilder::Segment& CatalogueBuilder::segment(const PlannedSegment& planned) const {
  return segments_.at({planned.timeline, planned.entry.number, planned.entry.last_number});
}

void CatalogueBuilder::answer(const NeedManifests& need, Catalogue& known) {
  REQUIRE(!need.segments.empty());
  for (const PlannedSegment& wanted : need.segments) {
    const Segment& segment = this->segment(wanted);
    const bool is_new = loaded.emplace(wanted.timeline, wanted.entry.number, wanted.entry.last_number).second;
    REQUIRE_MESSAGE(is_new, "a manifest was asked for twice");
    Catalogue::Loaded manifest;
    if (segment.is_damaged) {
      manifest.problem = "its sum does not hold";
    } else {
      manifest.manifest = segment.manifest;
    }
    known.add(wanted.timeline, wanted.entry, std::move(manifest));
  }
}

void CatalogueBuilder::answer(const NeedFacts& need, FactsBySegment& facts) {
  REQUIRE(!need.segments.empty());
  for (const PlannedSegment& wanted : need.segments) {
    const bool is_new =
        scanned.emplace(wanted.timeline, wanted.entry.number, wanted.entry.last_number).second;
    REQUIRE_MESSAGE(is_new, "a segment was to be scanned twice");
    facts[{wanted.timeline, wanted.entry.number}] = segment(wanted).facts;
  }
}

std::variant<Plan, Refusal> CatalogueBuilder::plan(const PlanRequest& request) {
  loaded.clear();
  scanned.clear();
  Catalogue known = catalogue;
  FactsBySegment facts;
  while (true) {
    PlanAnswer answer_now = plan_restore(known, facts, request);
    if (auto* made = std::get_if<Plan>(&answer_now)) return std::move(*made);
    if (auto* refused = std::get_if<Refusal>(&answer_now)) return std::move(*refused);
    if (const auto* need = std::get_if<NeedManifests>(&answer_now)) answer(*need, known);
    if (const auto* need = std::get_if<NeedFacts>(&answer_now)) answer(*need, facts);
  }
}

Survey CatalogueBuilder::survey() const { return pitr::survey(loaded_catalogue()); }

Catalogue CatalogueBuilder::loaded_catalogue() const {
  Catalogue known = catalogue;
  for (const auto& [key, segment] : segments_) {
    Catalogue::Loaded manifest;
    if (segment.is_damaged) {
      manifest.problem = "its sum does not hold";
    } else {
      manifest.manifest = segment.manifest;
    }
    known.add(std::get<0>(key), segment.entry, std::move(manifest));
  }
  return known;
}

}  // namespace pitr::test
