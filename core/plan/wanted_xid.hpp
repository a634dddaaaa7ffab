#pragma once

#include "model/segment_manifest.hpp"

#include <cstdint>
#include <optional>

namespace pitr {

// A transaction id as it was asked for. Where ids below 2^32 are given out again and again (short), such a
// one means every id with these low 32 bits; all others mean themselves.
class WantedXid {
 public:
  static constexpr std::uint64_t kHighestShort = 0xFFFF'FFFF;

  WantedXid(Xid xid, bool log_has_short_xids)
      : xid_(xid), is_short_(log_has_short_xids && xid.value <= kHighestShort) {}

  [[nodiscard]] bool is(const std::optional<Xid>& xid) const;
  // Whether any id it means lies within the bounds.
  [[nodiscard]] bool may_lie_in(const XidBounds& bounds) const;
  // The one of those it means that is nearest to an id.
  [[nodiscard]] Xid closest_to(Xid xid) const;

 private:
  Xid xid_;
  bool is_short_;
};

}  // namespace pitr
