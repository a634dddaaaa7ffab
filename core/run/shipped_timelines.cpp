#include "run/shipped_timelines.hpp"

#include "base/error.hpp"

#include <utility>

#include <boost/filesystem/operations.hpp>
#include <fcntl.h>
#include <fmt/format.h>

namespace pitr {

const TimelineDocument* ShippedTimelines::find(TimelineId timeline) {
  const auto known = known_.find(timeline);
  if (known != known_.end()) return &known->second;
  auto document = repository_.timeline(timeline);
  if (!document) return nullptr;
  return &known_.emplace(timeline, std::move(*document)).first->second;
}

const TimelineDocument* ShippedTimelines::any() {
  if (!known_.empty()) return &known_.begin()->second;
  for (const TimelineId timeline : repository_.timelines()) {
    if (const TimelineDocument* document = find(timeline)) return document;
  }
  return nullptr;
}

void ShippedTimelines::check_identity(const Json& identity) {
  const TimelineDocument* document = any();
  if (document == nullptr) return;
  if (const auto difference = shipping_.difference(document->source, identity)) {
    throw Error(Errc::log_conflict,
                fmt::format("it is not of the database that is archived here: {}", *difference),
                "check --repo; every database cluster needs a repository of its own");
  }
}

const TimelineDocument& ShippedTimelines::require(TimelineId timeline, SegmentNumber number,
                                                  const Json& identity) {
  const TimelineDocument* existing = find(timeline);
  check_identity(identity);
  if (existing != nullptr) return *existing;
  TimelineDocument document;
  document.first_number = number;
  document.source = identity;
  const std::vector<Ancestor> ancestors = history_of(timeline);
  // From the newest that is known on, every one gets a document.
  std::size_t known = ancestors.size();
  while (known > 0 && find(ancestors[known - 1].timeline) == nullptr) --known;
  for (std::size_t i = known; known > 0 && i <= ancestors.size(); ++i) {
    document.parent = ancestors[i - 1].timeline;
    document.fork_lsn = ancestors[i - 1].fork;
    document.first_number = shipping_.number_at(ancestors[i - 1].fork, identity);
    if (i == ancestors.size()) break;
    document.timeline = ancestors[i].timeline;
    create(document);
  }
  document.timeline = timeline;
  return create(std::move(document));
}

const TimelineDocument& ShippedTimelines::create(TimelineDocument document) {
  const TimelineId timeline = document.timeline;
  document.repository = repository_.document().id;
  document.created_at = now();
  if (repository_.create_timeline(document) == Repository::Creation::lost) {
    // Somebody else was faster, perhaps with another first segment.
    const TimelineDocument* theirs = find(timeline);
    if (theirs == nullptr || theirs->parent != document.parent || theirs->fork_lsn != document.fork_lsn) {
      throw Error(Errc::log_conflict,
                  fmt::format("timeline {} was begun by somebody else, from another place", timeline.value),
                  "two servers must not archive into one repository after both were promoted");
    }
    return *theirs;
  }
  return known_.emplace(timeline, std::move(document)).first->second;
}

std::vector<Ancestor> ShippedTimelines::history_of(TimelineId timeline) {
  if (timeline.value == 1) return {};
  const std::string name = shipping_.history_name(timeline);
  if (const auto stored = repository_.read_file(name))
    return shipping_.parse_history(as_text(*stored), timeline, name);
  const fs::path path = directory_ / name;
  if (fs::exists(path)) {
    const Bytes bytes = read_whole_file(path);
    auto ancestors = shipping_.parse_history(as_text(bytes), timeline, path.native());
    if (repository_.create_file(name, bytes) == Repository::Creation::lost) {
      throw Error(Errc::conflict, fmt::format("another {} has been archived", name));
    }
    return ancestors;
  }
  if (repository_.timelines().empty()) {
    context_.warn(fmt::format("{} is not there: archived as if timeline {} came from nowhere", path.native(),
                              timeline.value));
    return {};
  }
  throw Error(Errc::unavailable,
              fmt::format("{} is neither archived nor at {}: it cannot be known where timeline {} comes from",
                          name, path.native(), timeline.value),
              fmt::format("find the file, and run pitrctl archive /path/to/{}", name));
}

}  // namespace pitr
