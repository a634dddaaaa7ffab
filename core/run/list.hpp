#pragma once

#include "model/catalogue.hpp"
#include "model/facts.hpp"
#include "plan/windows.hpp"
#include "run/context.hpp"
#include "run/planning.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace pitr {

// Everything that listings show but transactions.
struct Inventory {
  std::string location;
  std::string repository;
  std::string engine;
  std::string codec;
  Timestamp created_at;
  Timestamp now;        // when it was looked at
  Catalogue catalogue;  // with every manifest loaded, and the restore points of the log
  Survey survey;
  std::uint64_t stored_bytes = 0;                           // segments and packs
  std::map<std::string, std::vector<std::string>> remarks;  // on snapshots, by their ids
  // On the log in segments.
  std::map<std::pair<TimelineId, SegmentNumber>, std::vector<std::string>> log_remarks;
};

Inventory take_inventory(const Context& context);

struct TransactionFilter {
  std::optional<TimelineId> timeline;  // default: all
  std::optional<Timestamp> since;
  std::optional<Timestamp> until;
  std::uint64_t limit = 1000;  // the newest so many
};

struct ListedTransaction {
  TimelineId timeline;
  CommitFact commit;
  bool bridge = false;
};

struct TransactionList {
  LsnNotation notation = LsnNotation::decimal;
  std::vector<ListedTransaction> transactions;  // oldest first
  bool truncated = false;                       // more match than the limit
};

// Throws a usage error where they are encrypted and the key is not given.
TransactionList list_transactions(const Context& context, const TransactionFilter& filter);
// The same in an open repository.
TransactionList list_transactions(const ArchivedDatabase& database, const TransactionFilter& filter,
                                  Catalogue& catalogue);

}  // namespace pitr
