#include "server_oracle.hpp"

#include <algorithm>
#include <limits>

#include <doctest/doctest.h>

namespace pitr::test {

namespace {

constexpr std::uint64_t kUnbounded = std::numeric_limits<std::uint64_t>::max();

void raise(std::optional<Timestamp>& time, const std::optional<Timestamp>& other) {
  if (other) time = std::max(time.value_or(*other), *other);
}

const CatalogueBuilder::Segment& segment_of(const RandomServer& server, std::uint32_t timeline,
                                            std::uint64_t number) {
  return server.archive.segments().at({TimelineId{timeline}, SegmentNumber{number}, SegmentNumber{number}});
}

std::vector<std::uint64_t> ends_between(const std::vector<ServerRecord>& records, std::uint64_t from,
                                        std::uint64_t to) {
  std::vector<std::uint64_t> ends;
  for (const ServerRecord& record : records) {
    if (record.end > from && record.end <= to && record.is_timed()) ends.push_back(record.end);
  }
  return ends;
}

}  // namespace

RandomServer::RandomServer(std::uint64_t seed)
    : random_(seed),
      newest_(static_cast<std::uint32_t>(random(1, 3))),
      timelines_{newest_},
      log_(random(20, 60), newest_, random(2, 4)) {
  live(newest_, random(5, 60));
  while (timelines_.size() < 5 && happens(65)) {
    const std::uint64_t from_newest = happens(50) ? 0 : random(0, timelines_.size() - 1);
    const std::uint32_t from = *std::next(timelines_.rbegin(), static_cast<std::ptrdiff_t>(from_newest));
    fork_off(from, ++newest_);
    live(newest_, happens(20) ? random(0, 3) : random(0, 30));
    if (happens(25)) live(from, random(1, 20));
  }
  archive = log_.archive();
  for (const std::uint32_t timeline : timelines_) {
    for (std::uint64_t i = random(0, 3); i > 0; --i) back_up(timeline);
  }
  if (happens(60)) break_things();
}

std::uint64_t RandomServer::random(std::uint64_t low, std::uint64_t high) {
  return std::uniform_int_distribution<std::uint64_t>(low, high)(random_);
}

void RandomServer::live(std::uint32_t timeline, std::uint64_t records) {
  for (std::uint64_t i = 0; i < records; ++i) write_one(timeline);
}

void RandomServer::write_one(std::uint32_t timeline) {
  clock_ += static_cast<double>(random(0, 8)) / 4;
  ServerRecord record;
  record.time = happens(15) ? clock_ - static_cast<double>(random(1, 12)) / 4 : clock_;
  const std::uint64_t dice = random(0, 99);
  if (dice < 55) {
    record.kind = dice < 42 ? ServerRecord::Kind::commit : ServerRecord::Kind::abort;
    if (happens(4)) {
      ++epoch_;
      next_id_ = 700;
    }
    record.xid = (epoch_ << 32U) | next_id_++;
  } else if (dice < 60) {
    record.kind = ServerRecord::Kind::checkpoint;
  } else if (dice < 65) {
    record.kind = ServerRecord::Kind::restore_point;
    record.name = happens(50) ? "a" : "b";
  }
  const bool is_huge = happens(3);
  log_.write(timeline, is_huge ? random(1, 3 * log_.segment_size()) : random(2, 16), std::move(record));
}

// Most often a server fails over at its end, and sometimes it is restored to an earlier point of its history,
// which may lie before its own timeline began.
void RandomServer::fork_off(std::uint32_t parent, std::uint32_t child) {
  const auto records = log_.records(parent);
  std::uint64_t fork = log_.position(parent);
  if (happens(35) && !records.empty()) fork = records[random(0, records.size() - 1)].end;
  if (happens(5)) {  // at the end of a segment
    log_.fill(parent, (log_.position(parent) / log_.segment_size() + 1) * log_.segment_size());
    fork = log_.position(parent);
  }
  timelines_.insert(child);
  log_.fork(child, parent, fork);
}

// Of the timeline's own log, up to the last full segment or, rarely, into the one that is not archived yet.
void RandomServer::back_up(std::uint32_t timeline) {
  const std::uint64_t size = log_.segment_size();
  const std::uint64_t archived =
      happens(10) ? log_.position(timeline) : log_.position(timeline) / size * size;
  const auto records = log_.records(timeline);
  const auto index_of = [&](auto is_before) {
    return static_cast<std::uint64_t>(std::partition_point(records.begin(), records.end(), is_before) -
                                      records.begin());
  };
  const std::uint64_t own =
      index_of([&](const ServerRecord& r) { return r.start < log_.first_position(timeline); });
  const std::uint64_t end = index_of([&](const ServerRecord& r) { return r.end <= archived; });
  if (own >= end) return;
  const std::uint64_t first = random(own, end - 1);
  const std::uint64_t last = happens(20) ? random(first, end - 1) : std::min(end - 1, first + random(0, 6));
  const std::uint64_t consistent = happens(10) ? records[first].start : records[last].end;
  std::optional<double> time;
  for (const ServerRecord& record : records) {
    if (record.end <= consistent && record.is_timed()) time = record.time;
  }
  SnapshotManifest snapshot = log_.backup(timeline, records[first].start, consistent, time);
  if (archive.catalogue.snapshot(snapshot.id) == nullptr) archive.put(std::move(snapshot));
}

bool RandomServer::is_first_of_any(std::uint64_t number) const {
  return std::any_of(timelines_.begin(), timelines_.end(),
                     [&](std::uint32_t timeline) { return log_.first_number(timeline) == number; });
}

void RandomServer::break_things() {
  std::vector<CatalogueBuilder::SegmentKey> keys;
  for (const auto& [key, segment] : archive.segments()) keys.push_back(key);
  for (const auto& [timeline, number, last] : keys) {
    const std::uint64_t dice = random(0, 39);
    const ServerSegment place{timeline.value, number.value};
    if (dice < 3) {
      archive.lose(timeline.value, number.value);
      unusable.insert(place);
    } else if (dice == 3) {
      archive.damage(timeline.value, number.value);
      unusable.insert(place);
      damaged.insert(place);
    } else if (dice == 4 && !is_first_of_any(number.value)) {
      auto segment = archive.segments().at({timeline, number, last});
      if (segment.manifest.link_in.empty()) continue;
      archive.lose(timeline.value, number.value);
      segment.manifest.link_in = "another history";
      archive.put(std::move(segment.manifest), std::move(segment.facts));
      conflicts.insert(place);
    }
  }
}

ServerOracle::ServerOracle(const RandomServer& server, std::uint32_t timeline)
    : server_(server), records_(server.log().records(timeline)) {
  find_path(timeline);
  for (const Element& element : path_) {
    std::vector<const SnapshotManifest*> own;
    for (const SnapshotManifest& snapshot : server.archive.catalogue.snapshots) {
      const bool is_on = snapshot.timeline.value == element.timeline;
      if (is_on && snapshot.consistent_lsn.value <= element.bound) own.push_back(&snapshot);
    }
    std::sort(own.begin(), own.end(), [](const auto* a, const auto* b) {
      return std::tie(a->consistent_lsn, a->id) < std::tie(b->consistent_lsn, b->id);
    });
    for (const SnapshotManifest* snapshot : own) chains_.push_back(chain_of(*snapshot));
  }
  for (const Chain& chain : chains_) {
    if (!chain.is_usable()) continue;
    points_.insert(chain.consistent());
    for (const ServerRecord& record : records_) {
      const bool is_in = record.end > chain.consistent() && record.end <= chain.end;
      if (is_in && record.kind == ServerRecord::Kind::commit) points_.insert(record.end);
    }
  }
  find_end(timeline);
}

void ServerOracle::find_path(std::uint32_t timeline) {
  std::uint64_t bound = kUnbounded;
  for (std::optional<TimelineId> id = TimelineId{timeline}; id;) {
    const auto& document = *server_.archive.catalogue.timelines.at(*id).document;
    path_.insert(path_.begin(), {id->value, bound});
    if (document.fork_lsn) bound = std::min(bound, document.fork_lsn->value);
    id = document.parent;
  }
}

std::optional<std::pair<std::uint32_t, std::uint64_t>> ServerOracle::best_holder(std::uint64_t number) const {
  const std::uint64_t size = server_.log().segment_size();
  std::optional<std::pair<std::uint32_t, std::uint64_t>> best;
  for (const Element& element : path_) {
    if (!server_.log().is_full(element.timeline, number)) continue;
    if (server_.unusable.contains({element.timeline, number})) continue;
    const std::uint64_t to = std::min((number + 1) * size, element.bound);
    if (!best || to >= best->second) best = std::pair(element.timeline, to);
  }
  return best;
}

ServerOracle::Chain ServerOracle::chain_of(const SnapshotManifest& snapshot) const {
  const std::uint64_t size = server_.log().segment_size();
  Chain chain{&snapshot, snapshot.start_lsn.value, snapshot.captured_to};
  bool is_link_known = false;
  for (std::uint64_t number = snapshot.next_number.value;; ++number) {
    const auto holder = best_holder(number);
    if (!holder || holder->second <= chain.end) return chain;
    const auto& manifest = segment_of(server_, holder->first, number).manifest;
    const bool is_conflict = server_.conflicts.contains({holder->first, number});
    if (is_conflict && is_link_known && chain.end == number * size) return chain;
    const bool is_entered_at_start = chain.end == number * size;
    chain.end = holder->second;
    if (chain.end < (number + 1) * size) return chain;
    raise(chain.captured_to, manifest.captured_to);
    const bool tells_nothing = manifest.link_out.empty() && manifest.link_in.empty();
    is_link_known = (tells_nothing && is_entered_at_start) ? is_link_known : !manifest.link_out.empty();
  }
}

void ServerOracle::find_end(std::uint32_t timeline) {
  for (const Chain& chain : chains_) {
    archived_end_ = std::max(archived_end_, chain.consistent());
    raise(archived_time_, chain.snapshot->captured_to);
    raise(archived_time_, chain.snapshot->point.time);
  }
  archived_end_ = std::max(archived_end_, fork());
  for (const auto& [key, segment] : server_.archive.segments()) {
    if (std::get<0>(key).value != timeline) continue;
    is_head_damaged_ = segment.is_damaged;  // of the last one
  }
  if (is_head_damaged_) return;
  const CatalogueBuilder::Segment* head = nullptr;
  for (const auto& [key, segment] : server_.archive.segments()) {
    if (std::get<0>(key).value == timeline) head = &segment;
  }
  if (head == nullptr) return;
  archived_end_ = std::max(archived_end_, head->manifest.end_lsn.value);
  raise(archived_time_, head->manifest.captured_to);
  if (head->manifest.time) raise(archived_time_, head->manifest.time->max);
}

bool ServerOracle::is_reachable(std::uint64_t lsn) const {
  return std::any_of(chains_.begin(), chains_.end(),
                     [&](const Chain& chain) { return chain.consistent() <= lsn && lsn <= chain.end; });
}

bool ServerOracle::is_archived(std::uint64_t lsn) const {
  const auto holder = best_holder((lsn - 1) / server_.log().segment_size());
  return holder && lsn <= holder->second;
}

std::uint64_t ServerOracle::reached_at(const Chain& chain, std::uint64_t lsn) const {
  std::uint64_t reached = chain.consistent();
  for (const ServerRecord& record : records_) {
    if (record.kind == ServerRecord::Kind::commit && record.end <= lsn)
      reached = std::max(reached, record.end);
  }
  return reached;
}

std::optional<ServerOracle::Stop> ServerOracle::stop_at(Timestamp time, bool exclusive) const {
  const auto is_late = [&](Timestamp t) { return exclusive ? t >= time : t > time; };
  auto beyond = std::find_if(chains_.begin(), chains_.end(), [&](const Chain& chain) {
    return is_late(chain.snapshot->point.time.value_or(chain.snapshot->created_at));
  });
  while (beyond != chains_.begin()) {
    const Chain& chain = *--beyond;
    const auto late = std::find_if(records_.begin(), records_.end(), [&](const ServerRecord& record) {
      return record.is_timed() && record.end > chain.start() && is_late(at_second(record.time));
    });
    const bool shows_late = late != records_.end() && late->end <= chain.end;
    if (shows_late && late->start >= chain.consistent()) return Stop{late->start, &chain};
    if (shows_late || !chain.is_usable()) continue;
    const bool is_complete = chain.captured_to && *chain.captured_to >= time;
    return is_complete ? std::optional(Stop{chain.end, &chain}) : std::nullopt;
  }
  return std::nullopt;
}

void check_replay(const RandomServer& server, std::uint32_t timeline, const Plan& plan) {
  const SnapshotManifest& snapshot = *server.archive.catalogue.snapshot(plan.snapshot);
  const auto records = server.log().records(timeline);
  std::uint64_t position = snapshot.start_lsn.value;
  for (const PlannedSegment& planned : plan.segments) {
    REQUIRE(planned.from.value == position);
    REQUIRE(planned.to > planned.from);
    REQUIRE(planned.timeline <= plan.timeline);
    const auto& segment = server.archive.segment(planned);
    REQUIRE_FALSE(segment.is_damaged);
    REQUIRE(segment.manifest.start_lsn <= planned.from);
    REQUIRE(segment.manifest.end_lsn >= planned.to);
    std::vector<std::uint64_t> ends;
    for (const TimedRecord& record : segment.facts.timed) {
      if (record.end > planned.from && record.end <= planned.to) ends.push_back(record.end.value);
    }
    REQUIRE(ends == ends_between(records, planned.from.value, planned.to.value));
    position = planned.to.value;
  }
  REQUIRE(position == std::max(plan.stop.value, snapshot.start_lsn.value));
  REQUIRE(plan.stop >= snapshot.consistent_lsn);
  // The history that the plan names holds the same log up to the stop.
  const auto named = server.log().records(plan.timeline.value);
  REQUIRE(ends_between(named, 0, plan.stop.value) == ends_between(records, 0, plan.stop.value));
}

}  // namespace pitr::test
