#include "plan/segment_numbers.hpp"

#include <algorithm>

namespace pitr {

SegmentNumbers::SegmentNumbers(const std::vector<SegmentEntry>& entries) : entries_(&entries) {
  for (const SegmentEntry& entry : entries) {
    if (!last_ || entry.last_number >= *last_) {
      last_ = entry.last_number;
      head_ = &entry;
    }
    if (entry.number == entry.last_number) continue;
    const SegmentNumber reach =
        merged_.empty() ? entry.last_number : std::max(merged_.back().reach, entry.last_number);
    merged_.push_back({&entry, reach});
  }
}

std::size_t SegmentNumbers::index_from(SegmentNumber number) const {
  const auto it = std::lower_bound(entries_->begin(), entries_->end(), number,
                                   [](const SegmentEntry& e, SegmentNumber n) { return e.number < n; });
  return static_cast<std::size_t>(it - entries_->begin());
}

std::vector<const SegmentEntry*> SegmentNumbers::covering(SegmentNumber number) const {
  std::vector<const SegmentEntry*> found;
  auto merged = std::lower_bound(merged_.begin(), merged_.end(), number,
                                 [](const Merged& m, SegmentNumber n) { return m.entry->number < n; });
  while (merged != merged_.begin() && std::prev(merged)->reach >= number) {
    --merged;
    if (merged->entry->last_number >= number) found.push_back(merged->entry);
  }
  for (std::size_t i = index_from(number); i < entries_->size() && (*entries_)[i].number == number; ++i) {
    if ((*entries_)[i].last_number >= number) found.push_back(&(*entries_)[i]);
  }
  return found;
}

const SegmentNumbers& SegmentLookup::numbers(const TimelineEntry& timeline) const {
  const auto found = numbers_.find(timeline.id);
  if (found != numbers_.end()) return found->second;
  return numbers_.emplace(timeline.id, SegmentNumbers(timeline.segments)).first->second;
}

}  // namespace pitr
