#pragma once

#include "model/catalogue.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace pitr {

// Finds the segments of one timeline by their numbers. Refers to the entries, which must stay where they are.
class SegmentNumbers {
 public:
  explicit SegmentNumbers(const std::vector<SegmentEntry>& entries);

  // The segments that hold this number: the one of that number, and merged ones around it.
  [[nodiscard]] std::vector<const SegmentEntry*> covering(SegmentNumber number) const;
  // The first entry whose number is at least this one; entries().size() when there is none.
  [[nodiscard]] std::size_t index_from(SegmentNumber number) const;
  // The highest number that any segment holds.
  [[nodiscard]] std::optional<SegmentNumber> last() const { return last_; }
  // A segment that holds it.
  [[nodiscard]] const SegmentEntry* head() const { return head_; }
  [[nodiscard]] const std::vector<SegmentEntry>& entries() const { return *entries_; }

 private:
  struct Merged {
    const SegmentEntry* entry;
    SegmentNumber reach;  // the highest number in this one and those before it
  };

  const std::vector<SegmentEntry>* entries_;
  std::vector<Merged> merged_;
  std::optional<SegmentNumber> last_;
  const SegmentEntry* head_ = nullptr;
};

// What a catalogue holds, with the numbers of each timeline indexed once somebody asks.
class SegmentLookup {
 public:
  explicit SegmentLookup(const Catalogue& catalogue) : catalogue_(&catalogue) {}

  [[nodiscard]] const Catalogue& catalogue() const { return *catalogue_; }
  [[nodiscard]] const SegmentNumbers& numbers(const TimelineEntry& timeline) const;

 private:
  const Catalogue* catalogue_;
  mutable std::map<TimelineId, SegmentNumbers> numbers_;
};

}  // namespace pitr
