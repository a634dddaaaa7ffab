#include "plan/segment_numbers.hpp"

#include <vector>

#include <doctest/doctest.h>

using namespace pitr;

namespace {

SegmentEntry entry(std::uint64_t first, std::uint64_t last) {
  return {SegmentNumber{first}, SegmentNumber{last}, {}};
}

std::size_t count_covering(const SegmentNumbers& numbers, std::uint64_t number) {
  return numbers.covering(SegmentNumber{number}).size();
}

}  // namespace

TEST_CASE("merged segments are found by every number they hold") {
  const std::vector<SegmentEntry> entries{entry(1, 9), entry(2, 2), entry(3, 3), entry(3, 4), entry(12, 12)};
  const SegmentNumbers numbers(entries);
  CHECK(count_covering(numbers, 1) == 1);
  CHECK(count_covering(numbers, 2) == 2);
  CHECK(count_covering(numbers, 3) == 3);
  CHECK(count_covering(numbers, 4) == 2);
  CHECK(count_covering(numbers, 9) == 1);
  CHECK(count_covering(numbers, 10) == 0);
  CHECK(numbers.index_from(SegmentNumber{10}) == 4);
  CHECK(numbers.index_from(SegmentNumber{13}) == 5);
  CHECK(numbers.last() == SegmentNumber{12});
}

TEST_CASE("the head holds the highest number, wherever it begins") {
  const std::vector<SegmentEntry> entries{entry(1, 9), entry(4, 4)};
  CHECK(SegmentNumbers(entries).head() == &entries[0]);
  const std::vector<SegmentEntry> none;
  CHECK(SegmentNumbers(none).head() == nullptr);
  CHECK_FALSE(SegmentNumbers(none).last());
}
