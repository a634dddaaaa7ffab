#include "cmd/listing.hpp"

#include "base/error.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace pitr::cmd {

namespace {

// Whether something that lies in [first, last] is asked for. What has no time always is.
class Interval {
 public:
  explicit Interval(const ListRequest& request) : since_(request.since), until_(request.until) {}

  [[nodiscard]] bool meets(const std::optional<Timestamp>& first,
                           const std::optional<Timestamp>& last) const {
    if (since_ && last && *last < *since_) return false;
    return !(until_ && first && *first > *until_);
  }
  [[nodiscard]] bool has(const std::optional<Timestamp>& time) const { return meets(time, time); }
  [[nodiscard]] bool open() const { return !since_ && !until_; }

 private:
  std::optional<Timestamp> since_;
  std::optional<Timestamp> until_;
};

std::optional<Timestamp> time_of(const std::optional<Point>& point) {
  return point ? point->time : std::nullopt;
}

void keep_timeline(Inventory& inventory, TimelineId timeline) {
  if (inventory.catalogue.timeline(timeline) == nullptr) {
    throw Error(Errc::not_found, fmt::format("the repository has no timeline {}", timeline.value),
                "pitrctl list timelines shows those it has");
  }
  const auto other = [timeline](const auto& item) { return item.timeline != timeline; };
  std::erase_if(inventory.survey.windows, other);
  std::erase_if(inventory.survey.gaps, other);
  std::erase_if(inventory.survey.conflicts, other);
  std::erase_if(inventory.catalogue.snapshots, other);
  std::erase_if(inventory.catalogue.restore_points, other);
  std::erase_if(inventory.catalogue.timelines,
                [timeline](const auto& entry) { return entry.first != timeline; });
}

bool segment_meets(const Catalogue& catalogue, TimelineId timeline, const SegmentEntry& entry,
                   const Interval& interval) {
  const Catalogue::Loaded* loaded = catalogue.loaded(timeline, entry);
  if (loaded == nullptr || !loaded->manifest) return true;
  const SegmentManifest& manifest = *loaded->manifest;
  return manifest.time ? interval.meets(manifest.time->min, manifest.time->max)
                       : interval.has(manifest.archived_at);
}

void keep_interval(Inventory& inventory, const Interval& interval) {
  if (interval.open()) return;
  Catalogue& catalogue = inventory.catalogue;
  std::erase_if(inventory.survey.windows,
                [&](const Window& window) { return !interval.meets(window.start.time, window.end.time); });
  std::erase_if(inventory.survey.gaps,
                [&](const Gap& gap) { return !interval.meets(time_of(gap.start), time_of(gap.end)); });
  std::erase_if(catalogue.snapshots, [&](const SnapshotManifest& snapshot) {
    return !interval.has(snapshot.point.time.value_or(snapshot.created_at));
  });
  std::erase_if(catalogue.restore_points, [&](const RestorePoint& point) {
    return !interval.has(point.point.time.value_or(point.created_at));
  });
  for (auto& [id, timeline] : catalogue.timelines) {
    const TimelineId timeline_id = id;
    std::erase_if(timeline.segments, [&](const SegmentEntry& entry) {
      return !segment_meets(catalogue, timeline_id, entry, interval);
    });
  }
  std::erase_if(catalogue.timelines, [](const auto& entry) { return entry.second.segments.empty(); });
}

template <typename T>
std::uint64_t keep_newest(std::vector<T>& items, std::uint64_t limit) {
  if (items.size() <= limit) return 0;
  const std::uint64_t removed = items.size() - limit;
  items.erase(items.begin(), items.begin() + static_cast<std::ptrdiff_t>(removed));
  return removed;
}

std::uint64_t keep_newest_segments(Catalogue& catalogue, std::uint64_t limit) {
  std::uint64_t removed = 0;
  for (auto timeline = catalogue.timelines.rbegin(); timeline != catalogue.timelines.rend(); ++timeline) {
    removed += keep_newest(timeline->second.segments, limit);
    limit -= std::min<std::uint64_t>(limit, timeline->second.segments.size());
  }
  return removed;
}

std::uint64_t keep_newest_timelines(Catalogue& catalogue, std::uint64_t limit) {
  std::uint64_t removed = 0;
  while (catalogue.timelines.size() > limit) {
    catalogue.timelines.erase(catalogue.timelines.begin());
    ++removed;
  }
  return removed;
}

std::uint64_t keep_limit(Inventory& inventory, ListSubject subject, std::uint64_t limit) {
  switch (subject) {
    case ListSubject::windows:
      return keep_newest(inventory.survey.windows, limit);
    case ListSubject::snapshots:
      return keep_newest(inventory.catalogue.snapshots, limit);
    case ListSubject::segments:
      return keep_newest_segments(inventory.catalogue, limit);
    case ListSubject::timelines:
      return keep_newest_timelines(inventory.catalogue, limit);
    case ListSubject::restore_points:
      return keep_newest(inventory.catalogue.restore_points, limit);
    case ListSubject::overview:
    case ListSubject::transactions:
      break;
  }
  return 0;
}

}  // namespace

Listing make_listing(Inventory inventory, const ListRequest& request) {
  Listing listing{request.subject, std::move(inventory), 0};
  std::vector<RestorePoint>& names = listing.inventory.catalogue.restore_points;
  std::stable_sort(names.begin(), names.end(), [](const RestorePoint& a, const RestorePoint& b) {
    return std::tie(a.timeline, a.point.lsn, a.name) < std::tie(b.timeline, b.point.lsn, b.name);
  });
  if (request.timeline) keep_timeline(listing.inventory, *request.timeline);
  keep_interval(listing.inventory, Interval(request));
  if (request.limit) listing.left_out = keep_limit(listing.inventory, request.subject, *request.limit);
  return listing;
}

std::vector<std::string> log_remarks(const Inventory& inventory) {
  std::vector<std::string> all;
  for (const auto& [id, timeline] : inventory.catalogue.timelines) {
    for (const SegmentEntry& entry : timeline.segments) {
      const auto remarks = inventory.log_remarks.find({id, entry.number});
      if (remarks == inventory.log_remarks.end()) continue;
      for (const std::string& remark : remarks->second) {
        if (std::find(all.begin(), all.end(), remark) == all.end()) all.push_back(remark);
      }
    }
  }
  return all;
}

std::optional<Timestamp> complete_to(const Inventory& inventory, TimelineId timeline) {
  std::optional<Timestamp> newest;
  const auto take = [&](const std::optional<Timestamp>& time) {
    if (time && (!newest || *time > *newest)) newest = time;
  };
  for (const Window& window : inventory.survey.windows) {
    if (window.timeline == timeline) take(window.end.time);
  }
  const TimelineEntry* entry = inventory.catalogue.timeline(timeline);
  if (entry == nullptr) return newest;
  for (const SegmentEntry& segment : entry->segments) {
    const Catalogue::Loaded* loaded = inventory.catalogue.loaded(timeline, segment);
    if (loaded != nullptr && loaded->manifest) take(loaded->manifest->captured_to);
  }
  return newest;
}

}  // namespace pitr::cmd
