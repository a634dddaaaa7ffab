#pragma once

#include "engine/log_shipping.hpp"
#include "model/timeline.hpp"
#include "repo/repository.hpp"
#include "run/context.hpp"

#include <map>
#include <optional>
#include <vector>

namespace pitr {

// The timelines of a database that hands over its log, as history files tell of them. Reads what it has to
// once; not for several threads at the same time.
class ShippedTimelines {
 public:
  // All must outlive it. directory: where history files may lie that are not archived yet.
  ShippedTimelines(const Context& context, const Repository& repository, const LogShipping& shipping,
                   fs::path directory)
      : context_(context), repository_(repository), shipping_(shipping), directory_(std::move(directory)) {}

  // Nothing while there is none.
  const TimelineDocument* find(TimelineId timeline);

  // The timeline that a segment of this number and database belongs to; creates it, and those it comes from
  // as far back as the repository knows them. Throws Errc::log_conflict when the repository is that of
  // another database, and Errc::unavailable when it cannot be known where the timeline comes from.
  const TimelineDocument& require(TimelineId timeline, SegmentNumber number, const Json& identity);

  // Throws Errc::log_conflict when the repository is that of another database.
  void check_identity(const Json& identity);

 private:
  std::vector<Ancestor> history_of(TimelineId timeline);
  const TimelineDocument& create(TimelineDocument document);
  const TimelineDocument* any();

  const Context& context_;
  const Repository& repository_;
  const LogShipping& shipping_;
  fs::path directory_;
  std::map<TimelineId, TimelineDocument> known_;
};

}  // namespace pitr
