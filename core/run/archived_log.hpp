#pragma once

#include "base/time.hpp"
#include "engine/live_server.hpp"
#include "engine/log_shipping.hpp"
#include "model/segment_manifest.hpp"
#include "repo/repository.hpp"
#include "run/context.hpp"

#include <vector>

namespace pitr {

// The log of one timeline as it arrives in the repository, handed over by a server.
class ArchivedLog {
 public:
  // All must outlive it. state: of the server that writes the log; its session is asked what is wrong when
  // the log does not arrive. primary: null where that server is not known.
  ArchivedLog(const Context& context, const Repository& repository, const LogShipping& shipping,
              ServerState state, LiveServer* primary);

  // The segments that hold [from, to), in order, once all of them are there. Throws Errc::unavailable when
  // none of those that are missing has arrived for as long as patience.
  [[nodiscard]] std::vector<SegmentManifest> wait_for(Lsn from, Lsn to, Duration patience) const;

  // Nothing when it is not there.
  [[nodiscard]] std::optional<SegmentManifest> segment_at(Lsn lsn) const;
  // The one before the segment that holds a position.
  [[nodiscard]] std::optional<SegmentManifest> segment_before(Lsn lsn) const;

 private:
  [[noreturn]] void give_up(SegmentNumber missing, Duration patience) const;

  const Context& context_;
  const Repository& repository_;
  const LogShipping& shipping_;
  ServerState state_;
  LiveServer* primary_;
};

}  // namespace pitr
