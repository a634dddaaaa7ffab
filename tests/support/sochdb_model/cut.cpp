#include "support/sochdb_model/cut.hpp"

#include "base/error.hpp"

#include <algorithm>
#include <iterator>
#include <vector>

#include <fmt/format.h>

namespace pitr::sochdb {

namespace {

// Where the records end that are kept.
class CutFinder {
 public:
  CutFinder(const LogFacts& facts, bool exclusive) : facts_(facts), exclusive_(exclusive) {}

  Lsn operator()(const ToLatest&) const {
    if (exclusive_) throw Error(Errc::usage, "the latest point cannot be exclusive");
    return end();
  }

  Lsn operator()(const ToLsn& target) const {
    const std::uint64_t first = facts_.start.lsn.value + (exclusive_ ? 1 : 0);
    const std::uint64_t last = end().value + (exclusive_ ? 1 : 0);
    if (target.lsn.value < first || target.lsn.value > last) {
      throw Error(Errc::target_unreachable,
                  fmt::format("the log holds no LSN {}: it goes from {} to {}", target.lsn.value,
                              facts_.start.lsn.value, end().value));
    }
    return {target.lsn.value - (exclusive_ ? 1 : 0)};
  }

  Lsn operator()(const ToTime& target) const {
    require_readable("a time");
    const auto found = std::find_if(facts_.commits.begin(), facts_.commits.end(),
                                    [&](const Commit& commit) { return is_beyond(commit, target.time); });
    return found == facts_.commits.end() ? end() : found->start.lsn;
  }

  Lsn operator()(const ToXid& target) const {
    require_readable("a transaction");
    const Commit& commit = only_commit(target.xid);
    return exclusive_ ? commit.start.lsn : commit.end.lsn;
  }

 private:
  [[nodiscard]] Lsn end() const { return facts_.stop.good_end.lsn; }

  void require_readable(std::string_view target) const {
    if (facts_.sealed == 0) return;
    throw Error(Errc::usage,
                fmt::format("the log is encrypted, and {} cannot be found without its key", target),
                "give --source-key-file");
  }

  // Stored times have no sign.
  [[nodiscard]] bool is_beyond(const Commit& commit, Timestamp time) const {
    if (time.us < 0) return true;
    const auto us = static_cast<std::uint64_t>(time.us);
    return exclusive_ ? commit.time_us >= us : commit.time_us > us;
  }

  [[nodiscard]] const Commit& only_commit(Xid xid) const {
    std::vector<const Commit*> found;
    for (const Commit& commit : facts_.commits) {
      if (commit.xid == xid) found.push_back(&commit);
    }
    if (found.empty()) throw_uncommitted(xid);
    if (found.size() > 1) throw_ambiguous(found);
    return *found.front();
  }

  [[noreturn]] void throw_uncommitted(Xid xid) const {
    const auto has_it = [&](const auto& transaction) { return transaction.xid == xid; };
    std::string fate = fmt::format("does not show transaction {}", xid.value);
    if (std::any_of(facts_.aborts.begin(), facts_.aborts.end(), has_it)) {
      fate = fmt::format("shows that transaction {} was aborted", xid.value);
    } else if (std::any_of(facts_.unfinished.begin(), facts_.unfinished.end(), has_it)) {
      fate = fmt::format("shows no commit of transaction {}, which it ends inside", xid.value);
    }
    throw Error(Errc::not_found, "the log " + fate,
                "'pitrctl list transactions' shows those that were committed");
  }

  [[noreturn]] static void throw_ambiguous(const std::vector<const Commit*>& commits) {
    std::string lsns;
    for (const Commit* commit : commits) {
      lsns += fmt::format("{}{}", lsns.empty() ? "" : ", ", commit->end.lsn.value);
    }
    throw Error(Errc::ambiguous_target,
                fmt::format("{} transactions have the id {}; their commits are at LSN {}", commits.size(),
                            commits.front()->xid.value, lsns),
                "choose one with --to-lsn");
  }

  const LogFacts& facts_;
  bool exclusive_;
};

}  // namespace

Cut find_cut(const LogFacts& facts, const CutTarget& target, bool exclusive) {
  Cut cut;
  cut.lsn = std::visit(CutFinder(facts, exclusive), target);
  const auto dropped = std::partition_point(facts.commits.begin(), facts.commits.end(),
                                            [&](const Commit& commit) { return commit.end.lsn <= cut.lsn; });
  cut.transactions = static_cast<std::uint64_t>(
      std::count_if(facts.commits.begin(), dropped, [](const Commit& commit) { return commit.counted; }));
  if (dropped != facts.commits.begin()) cut.last_kept = *std::prev(dropped);
  if (dropped != facts.commits.end()) cut.first_dropped = *dropped;
  return cut;
}

}  // namespace pitr::sochdb
