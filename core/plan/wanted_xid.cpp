#include "plan/wanted_xid.hpp"

#include <limits>

namespace pitr {

namespace {

constexpr std::uint64_t kRound = WantedXid::kHighestShort + 1;

std::uint64_t low_of(Xid xid) { return xid.value & WantedXid::kHighestShort; }

}  // namespace

bool WantedXid::is(const std::optional<Xid>& xid) const {
  if (!xid) return false;
  return is_short_ ? low_of(*xid) == xid_.value : *xid == xid_;
}

bool WantedXid::may_lie_in(const XidBounds& bounds) const {
  if (!is_short_) return bounds.min <= xid_ && xid_ <= bounds.max;
  // How far the first of them lies above the lower bound; counted so, nothing overflows.
  const std::uint64_t above = (xid_.value - bounds.min.value) & kHighestShort;
  return above <= bounds.max.value - bounds.min.value;
}

Xid WantedXid::closest_to(Xid xid) const {
  if (!is_short_) return xid_;
  const std::uint64_t above = (xid_.value - xid.value) & kHighestShort;
  const bool is_above_nearer = above < kRound / 2 || xid.value < kRound - above;
  if (is_above_nearer && above <= std::numeric_limits<std::uint64_t>::max() - xid.value)
    return {xid.value + above};
  return {xid.value - (kRound - above)};
}

}  // namespace pitr
