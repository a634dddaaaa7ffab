#pragma once

#include "base/error.hpp"

namespace pitr::cmd {

// The exit statuses, promised in pitrctl(1); never renumber.
inline constexpr int kExitDone = 0;
inline constexpr int kExitFailed = 1;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitNotFound = 3;
inline constexpr int kExitGap = 4;
inline constexpr int kExitUnreachable = 5;
inline constexpr int kExitCorrupt = 6;
inline constexpr int kExitConflict = 7;
inline constexpr int kExitUnavailable = 8;
inline constexpr int kExitPromiseBroken = 9;

// Of fetch alone, as PostgreSQL reads them: up to 125 its log ends here, above recovery stops.
inline constexpr int kExitNotArchived = 1;
inline constexpr int kExitFetchFailed = 200;

constexpr int exit_code(Errc code) {
  switch (code) {
    case Errc::io_error:
    case Errc::internal:
      return kExitFailed;
    case Errc::usage:
      return kExitUsage;
    case Errc::not_found:
    case Errc::no_base_snapshot:
    case Errc::ambiguous_target:
      return kExitNotFound;
    case Errc::wal_gap:
      return kExitGap;
    case Errc::target_unreachable:
      return kExitUnreachable;
    case Errc::corrupt:
      return kExitCorrupt;
    case Errc::conflict:
    case Errc::log_conflict:
      return kExitConflict;
    case Errc::unavailable:
      return kExitUnavailable;
    case Errc::promise_broken:
      return kExitPromiseBroken;
  }
  return kExitFailed;
}

}  // namespace pitr::cmd
