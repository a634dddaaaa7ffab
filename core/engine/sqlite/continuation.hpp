#pragma once

#include "engine/sqlite/live_wal.hpp"
#include "engine/sqlite/position.hpp"
#include "engine/sqlite/segmenter.hpp"
#include "engine/sqlite/wal_index.hpp"

#include <cstdint>
#include <vector>

namespace pitr::sqlite {

// What a live log proves about the time since an archived position.
struct Continuation {
  enum class Proof {
    complete,  // runs hold every commit since
    reverted,  // same generation, but the position is not in it: the database went back
    none,      // the log cannot tell
    moved,     // the log changed while it was read: look again
  };
  Proof proof = Proof::none;
  std::vector<CommitRun> runs;
};

// Whether the database file is the one that was noted at the position, byte for byte, when nothing was in the
// log.
enum class DatabaseFile { may_have_changed, unchanged };

Continuation prove_continuation(const LiveWal& wal, const WalIndex& index, const Position& since,
                                DatabaseFile file);

// Commits since the position by the change counter; nothing unless the counter was kept all along.
std::optional<std::uint64_t> counted_commits(const WalIndex& index, const Position& since);

}  // namespace pitr::sqlite
