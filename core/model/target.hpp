#pragma once

#include "base/time.hpp"
#include "model/ids.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace pitr {

// What a restore is asked for.
struct ToLatest {};
struct ToImmediate {};  // the snapshot itself
struct ToLsn {
  Lsn lsn;
};
struct ToTime {
  Timestamp time;
};
struct ToXid {
  Xid xid;
};
// A restore point. With an LSN ("NAME@LSN") only the one at that position.
struct ToRestorePoint {
  std::string name;
  std::optional<Lsn> lsn;
};

using Target = std::variant<ToLatest, ToImmediate, ToLsn, ToTime, ToXid, ToRestorePoint>;

// "latest", "lsn", "time", "xid", "restore_point", "immediate".
std::string_view kind_name(const Target& target);

// As a person would say it: "the latest point", "LSN 1234", "time 2026-11-23T10:11:12.000000Z", "transaction
// 17", "restore point before-migration".
std::string describe(const Target& target, LsnNotation notation);

// Splits "NAME" or "NAME@LSN". A name may hold '@' itself: only a last part that reads as an LSN counts as
// one.
ToRestorePoint parse_restore_point_target(std::string_view text, LsnNotation notation);

}  // namespace pitr
