#pragma once

#include "engine/engine.hpp"
#include "engine/sqlite/position.hpp"
#include "engine/sqlite/segmenter.hpp"

#include <cstdint>
#include <optional>

namespace pitr::sqlite {

// The last commit that a chain and a live generation of the log have in common.
struct ForkPoint {
  Lsn lsn;
  Xid xid;
  WalPlace place;
  std::uint32_t page_count = 0;
};

// `live` holds the generation from its first frame. Looks at the chain's last segments, as long as they are
// of the same generation. Nothing when they share no commit and not the place before one.
std::optional<ForkPoint> find_fork(const ChainContents& contents, const CommitRun& live);

}  // namespace pitr::sqlite
