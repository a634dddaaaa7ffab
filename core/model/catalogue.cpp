#include "model/catalogue.hpp"

#include <algorithm>

namespace pitr {

const Catalogue::Loaded* Catalogue::loaded(TimelineId timeline, const SegmentEntry& entry) const {
  const auto segments = loaded_.find(timeline);
  if (segments == loaded_.end()) return nullptr;
  const auto found = segments->second.find({entry.number.value, entry.last_number.value});
  return found == segments->second.end() ? nullptr : &found->second;
}

void Catalogue::add(TimelineId timeline, const SegmentEntry& entry, Loaded loaded) {
  loaded_[timeline].insert_or_assign({entry.number.value, entry.last_number.value}, std::move(loaded));
}

const TimelineEntry* Catalogue::timeline(TimelineId id) const {
  const auto found = timelines.find(id);
  return found == timelines.end() ? nullptr : &found->second;
}

const SnapshotManifest* Catalogue::snapshot(const std::string& id) const {
  const auto found =
      std::find_if(snapshots.begin(), snapshots.end(), [&](const SnapshotManifest& s) { return s.id == id; });
  return found == snapshots.end() ? nullptr : &*found;
}

}  // namespace pitr
