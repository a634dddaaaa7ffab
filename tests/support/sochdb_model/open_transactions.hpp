#pragma once

#include "engine/sochdb/record.hpp"

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <utility>

namespace pitr::sochdb {

// The transactions that are open at a place in a log, by SochDB's rules: a begin throws away what was open
// under its id, data needs no begin, and a commit of nothing that is open does nothing. Writes is what is
// kept of each one's data.
template <typename Writes>
class OpenTransactions {
 public:
  void begin(Xid xid) { open_.insert_or_assign(xid.value, Writes{}); }
  // The writes of a transaction, for the data of a record of its.
  Writes& writes(Xid xid) { return open_[xid.value]; }
  void abort(Xid xid) { open_.erase(xid.value); }

  // Nothing when it is not open.
  std::optional<Writes> commit(Xid xid) {
    const auto found = open_.find(xid.value);
    if (found == open_.end()) return std::nullopt;
    std::optional<Writes> writes = std::move(found->second);
    open_.erase(found);
    return writes;
  }

  [[nodiscard]] const std::unordered_map<std::uint64_t, Writes>& all() const { return open_; }

 private:
  std::unordered_map<std::uint64_t, Writes> open_;
};

}  // namespace pitr::sochdb
