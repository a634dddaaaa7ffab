#pragma once

#include "engine/sochdb/archived_log.hpp"
#include "engine/sochdb/live_view.hpp"
#include "engine/sochdb/log_reader.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace pitr::sochdb {

// How far a live log and an archived one are the same.
struct CommonLog {
  LogPlace end;      // behind the last record that both have, from the beginning of both
  std::string link;  // of that place; empty at the beginning
  // Whether what they share cannot be chance: a record that bears the time of a clock, or is encrypted.
  bool is_proof = false;
  bool is_all = false;  // of what is archived
};

// The records (from, to] of contents, which begin a file, against a live log. `sealed`: both are encrypted.
CommonLog compare_logs(const ChainContents& contents, Lsn from, Lsn to, const LiveView& live, bool sealed);

// No commit among the records (from, to] is later, by the clocks of their writers. Only of logs that are not
// encrypted.
std::optional<Timestamp> latest_commit(const ChainContents& contents, Lsn from, Lsn to);

// Where a live log parted from a generation that is archived.
struct LogFork {
  Generation generation;
  CommonLog common;
};

// The newest generation of contents that a live log shares its beginning with; nothing when it shares none.
std::optional<LogFork> find_fork(const ChainContents& contents, const LiveView& live, bool sealed);

}  // namespace pitr::sochdb
