#include "engine/sqlite/continuation.hpp"

#include <limits>

namespace pitr::sqlite {

namespace {

// A reset of the log adds one to salt-1 and draws salt-2 anew; a log born anew draws both. So a salt-1 that
// is a little greater means so many resets, unless chance (less than 2^-27) says otherwise; the commit
// counter is asked as well.
constexpr std::uint32_t kMostResets = 16;
// Beyond this many resets the counter alone is not believed either.
constexpr std::uint32_t kMostCountedResets = 1U << 20U;

bool never_held_a_log(const Salts& salts) { return salts == Salts{}; }

// Frames 1.. of the generation that the wal-index speaks of; nothing when the file holds another.
std::optional<CommitRun> whole_generation(const LiveWal& wal, const WalIndex& index) {
  const auto header = wal.header();
  if (!header || header->salts != index.salts) return std::nullopt;
  return read_commits(wal, {header->salts, header->big_endian, 0, header->checksum}, index.max_frame);
}

bool reaches_end(const CommitRun& run, const WalIndex& index) { return run.end().frame == index.max_frame; }

Continuation in_same_generation(const LiveWal& wal, const WalIndex& index, const Position& since) {
  using Proof = Continuation::Proof;
  if (index.max_frame == since.place.frame && index.checksum == since.place.checksum)
    return {Proof::complete, {}};
  if (index.max_frame == 0 && since.place.frame == 0) return {Proof::complete, {}};
  if (since.place.frame == 0) {
    auto run = whole_generation(wal, index);
    if (!run || !reaches_end(*run, index)) return {Proof::moved, {}};
    return {Proof::complete, {std::move(*run)}};
  }
  if (index.max_frame < since.place.frame || !wal.still_holds(since.place)) return {Proof::reverted, {}};
  CommitRun run = read_commits(wal, since.place, index.max_frame);
  if (!reaches_end(run, index)) return {Proof::moved, {}};
  return {Proof::complete, {std::move(run)}};
}

// After a reset the tail of the old generation may still stand behind the new frames.
Continuation across_reset(const LiveWal& wal, const WalIndex& index, const Position& since) {
  using Proof = Continuation::Proof;
  std::vector<CommitRun> runs;
  std::uint32_t commits = 0;
  if (since.place.frame > 0) {
    runs.push_back(read_commits(wal, since.place, std::numeric_limits<std::uint32_t>::max()));
    commits += static_cast<std::uint32_t>(runs.back().commits.size());
  }
  if (index.max_frame > 0) {
    auto run = whole_generation(wal, index);
    if (!run || !reaches_end(*run, index)) return {Proof::moved, {}};
    commits += static_cast<std::uint32_t>(run->commits.size());
    runs.push_back(std::move(*run));
  }
  if (commits != index.change - since.change) return {Proof::none, {}};
  return {Proof::complete, std::move(runs)};
}

std::uint32_t resets_since(const WalIndex& index, const Position& since) {
  return index.salts.salt1 - since.place.salts.salt1;
}

}  // namespace

Continuation prove_continuation(const LiveWal& wal, const WalIndex& index, const Position& since,
                                DatabaseFile file) {
  if (!never_held_a_log(since.place.salts) && !never_held_a_log(index.salts)) {
    if (index.salts == since.place.salts) return in_same_generation(wal, index, since);
    const std::uint32_t resets = resets_since(index, since);
    if (resets >= 1 && resets <= kMostResets) {
      Continuation found = across_reset(wal, index, since);
      if (found.proof != Continuation::Proof::none) return found;
    }
  }
  // The log was empty then, and nothing has been copied from a log into the file since: all that came after
  // is in the log as it is now.
  if (file == DatabaseFile::unchanged) {
    if (index.max_frame == 0) return {Continuation::Proof::complete, {}};
    auto run = whole_generation(wal, index);
    if (!run || !reaches_end(*run, index)) return {Continuation::Proof::moved, {}};
    return {Continuation::Proof::complete, {std::move(*run)}};
  }
  return {};
}

std::optional<std::uint64_t> counted_commits(const WalIndex& index, const Position& since) {
  if (never_held_a_log(since.place.salts) || never_held_a_log(index.salts)) return std::nullopt;
  if (resets_since(index, since) > kMostCountedResets || index.change < since.change) return std::nullopt;
  return index.change - since.change;
}

}  // namespace pitr::sqlite
