#pragma once

#include "model/target.hpp"
#include "support/sochdb_model/log_facts.hpp"

#include <cstdint>
#include <optional>
#include <variant>

namespace pitr::sochdb {

using CutTarget = std::variant<ToLatest, ToLsn, ToTime, ToXid>;

// What a restore keeps of a log: its first records.
struct Cut {
  Lsn lsn;                         // records up to it
  std::uint64_t transactions = 0;  // that it brings to life
  std::optional<Commit> last_kept;
  std::optional<Commit> first_dropped;  // absent: the log shows none behind the cut
};

// The longest stretch of records that a target allows.
//
//   LSN L             the first L records; exclusive: one less
//   time T            those before the first commit later than T; exclusive: not earlier than T. Commits
//   behind it go,
//                     whatever their times are
//   transaction X     those up to its commit; exclusive: before it
//
// Throws Errc::target_unreachable for an LSN that the log does not have, Errc::not_found for a transaction
// that it shows no commit of, Errc::ambiguous_target when it shows several, and Errc::usage for a time or a
// transaction in an encrypted log without key, and for an exclusive latest.
Cut find_cut(const LogFacts& facts, const CutTarget& target, bool exclusive);

}  // namespace pitr::sochdb
