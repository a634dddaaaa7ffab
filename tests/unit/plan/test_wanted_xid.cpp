#include "plan/wanted_xid.hpp"

#include <cstdint>
#include <limits>

#include <doctest/doctest.h>

using namespace pitr;

namespace {

constexpr std::uint64_t kRound = std::uint64_t{1} << 32U;
constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();

}  // namespace

TEST_CASE("a short id means every id with its low bits, a longer one itself") {
  const WantedXid wanted(Xid{7}, true);
  CHECK(wanted.is(Xid{7}));
  CHECK(wanted.is(Xid{3 * kRound + 7}));
  CHECK_FALSE(wanted.is(Xid{kRound + 8}));
  CHECK_FALSE(wanted.is(std::nullopt));
  const WantedXid whole(Xid{kRound + 7}, true);
  CHECK(whole.is(Xid{kRound + 7}));
  CHECK_FALSE(whole.is(Xid{7}));
}

TEST_CASE("where ids are not given out again every id means itself") {
  const WantedXid wanted(Xid{7}, false);
  CHECK(wanted.is(Xid{7}));
  CHECK_FALSE(wanted.is(Xid{kRound + 7}));
  CHECK_FALSE(wanted.may_lie_in({Xid{kRound}, Xid{kRound + 9}}));
  CHECK(wanted.closest_to(Xid{kRound}) == Xid{7});
}

TEST_CASE("bounds hold a short id if they hold any that it may mean") {
  const WantedXid wanted(Xid{7}, true);
  CHECK(wanted.may_lie_in({Xid{7}, Xid{7}}));
  CHECK_FALSE(wanted.may_lie_in({Xid{8}, Xid{kRound + 6}}));
  CHECK(wanted.may_lie_in({Xid{8}, Xid{kRound + 7}}));
  CHECK(wanted.may_lie_in({Xid{2 * kRound}, Xid{2 * kRound + 7}}));
  CHECK(wanted.may_lie_in({Xid{kMax - kRound + 1}, Xid{kMax}}));
  CHECK_FALSE(wanted.may_lie_in({Xid{kMax - 5}, Xid{kMax}}));
}

TEST_CASE("of the ids that a short one may mean one lies nearest to the newest") {
  const WantedXid wanted(Xid{7}, true);
  CHECK(wanted.closest_to(Xid{0}) == Xid{7});
  CHECK(wanted.closest_to(Xid{kRound - 1}) == Xid{kRound + 7});
  CHECK(wanted.closest_to(Xid{5 * kRound + 100}) == Xid{5 * kRound + 7});
  CHECK(wanted.closest_to(Xid{kMax}) == Xid{kMax - kRound + 1 + 7});
  CHECK(WantedXid(Xid{kRound - 1}, true).closest_to(Xid{10}) == Xid{kRound - 1});
}
