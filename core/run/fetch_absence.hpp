#pragma once

#include "engine/log_shipping.hpp"
#include "repo/repository.hpp"
#include "run/fetch.hpp"

#include <optional>
#include <string>
#include <vector>

namespace pitr {

// The database that a repository's log is of; nothing while it holds no log.
std::optional<Json> archived_identity(const Repository& repository);

// Whether a segment of such a database begins at a position or later; without one, none does.
bool is_beyond(const LogShipping& shipping, const Json& identity, std::optional<Lsn> position,
               SegmentNumber number);

// A segment by its name and by its place in its timeline.
struct NumberedSegment {
  ShippedName name;
  SegmentNumber number;
};

// Tells log that never was archived, which ends a recovery as it should, from log that is lost, which must
// stop it. Asks the repository each time: what was absent a moment ago may be there now.
class FetchAbsence {
 public:
  // All must outlive it.
  FetchAbsence(const Repository& repository, const LogShipping& shipping, const RecoveryBounds& bounds)
      : repository_(repository), shipping_(shipping), bounds_(bounds) {}

  // Why a segment that was looked for in vain certainly is not archived; nothing when it has been archived
  // meanwhile. Throws Errc::wal_gap when it may be lost.
  [[nodiscard]] std::optional<std::string> of_segment(const NumberedSegment& segment,
                                                      const Json& identity) const;
  // The same of a file that is no segment.
  [[nodiscard]] std::string of_file(const ShippedName& name) const;

 private:
  struct Verdict {
    bool is_certain = false;
    std::string why;
  };
  [[nodiscard]] Verdict within_bounds(const NumberedSegment& segment, const Json& identity) const;
  [[nodiscard]] Verdict at_the_end(const NumberedSegment& segment, const Json& identity) const;
  [[nodiscard]] bool is_replaced_by_parents(const NumberedSegment& segment, const Json& identity) const;
  [[nodiscard]] std::string of_history(const ShippedName& name) const;
  [[nodiscard]] std::vector<Ancestor> ancestors_of(TimelineId timeline) const;

  const Repository& repository_;
  const LogShipping& shipping_;
  const RecoveryBounds& bounds_;
};

}  // namespace pitr
