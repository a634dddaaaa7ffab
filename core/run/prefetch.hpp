#pragma once

#include "base/file.hpp"
#include "model/ids.hpp"
#include "run/context.hpp"

#include <cstddef>
#include <optional>
#include <string>

namespace pitr {

struct PrefetchRequest {
  fs::path spool;
  std::string repository_id;
  TimelineId timeline;
  SegmentNumber after;       // the one that recovery has now
  std::size_t count = 0;     // how many of those behind it are wanted
  std::optional<Lsn> until;  // what begins there or later is not
};

// Gets those that are not in the spool yet, on context.jobs threads, as far as there are any and as there is
// space for them. Does nothing while another process does it. Ends early, and without a word, when the
// repository or the spool fails: whoever needs the log will be told.
void prefetch(const Context& context, const PrefetchRequest& request);

}  // namespace pitr
