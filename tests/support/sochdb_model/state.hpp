#pragma once

#include "engine/sochdb/log_reader.hpp"
#include "support/sochdb_model/open_transactions.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace pitr::sochdb {

// What SochDB holds after it has recovered from the records applied so far. A deleted key is there, with an
// empty value: the log does not tell the two apart. Memory: the whole database.
class State {
 public:
  void apply(const Record& record);

  [[nodiscard]] const std::map<std::string, std::string>& entries() const { return entries_; }
  // Commits that had something open.
  [[nodiscard]] std::uint64_t transactions() const { return transactions_; }
  // SHA-256, in hex, over the entries in the byte order of their keys, each as key length (4, little-endian),
  // key, value length (4), value.
  [[nodiscard]] std::string sha256() const;

 private:
  using Writes = std::vector<std::pair<std::string, std::string>>;

  std::map<std::string, std::string> entries_;
  OpenTransactions<Writes> open_;
  std::uint64_t transactions_ = 0;
};

// The state that the records of a log up to an LSN leave. Throws Errc::target_unreachable when the log ends
// before it, and Errc::usage when a record is encrypted and there is no key.
State state_at(LogReader& reader, Lsn lsn);

}  // namespace pitr::sochdb
