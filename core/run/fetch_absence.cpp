#include "run/fetch_absence.hpp"

#include "base/error.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

namespace pitr {

namespace {

constexpr const char* kStoppedHint =
    "recovery stops here; check --repo, bring the file back, and start the server again, which goes on from "
    "here; pitrctl list windows shows what can be reached without it";

[[noreturn]] void throw_lost(const ShippedName& name, const std::string& why) {
  throw Error(Errc::wal_gap, fmt::format("{} is missing from the archive: {}", name.text, why), kStoppedHint);
}

std::optional<SegmentNumber> newest_of(const std::vector<SegmentEntry>& segments) {
  std::optional<SegmentNumber> newest;
  for (const SegmentEntry& entry : segments) newest = std::max(newest, std::optional(entry.last_number));
  return newest;
}

}  // namespace

std::optional<Json> archived_identity(const Repository& repository) {
  for (const TimelineId timeline : repository.timelines()) {
    if (auto document = repository.timeline(timeline)) return std::move(document->source);
  }
  return std::nullopt;
}

bool is_beyond(const LogShipping& shipping, const Json& identity, std::optional<Lsn> position,
               SegmentNumber number) {
  if (!position) return false;
  return position->value == 0 || shipping.number_at({position->value - 1}, identity) < number;
}

std::optional<std::string> FetchAbsence::of_segment(const NumberedSegment& segment,
                                                    const Json& identity) const {
  const Verdict verdict =
      bounds_.require_through ? within_bounds(segment, identity) : at_the_end(segment, identity);
  if (verdict.is_certain) return verdict.why;
  // It may have been archived, with others after it, while all this was looked at.
  if (repository_.segment(segment.name.timeline, segment.number)) return std::nullopt;
  throw_lost(segment.name, verdict.why);
}

FetchAbsence::Verdict FetchAbsence::within_bounds(const NumberedSegment& segment,
                                                  const Json& identity) const {
  if (is_beyond(shipping_, identity, bounds_.require_through, segment.number))
    return {true, "it lies beyond what the recovery needs"};
  if (is_replaced_by_parents(segment, identity)) {
    return {true, fmt::format("timeline {} forks off in it, and its parent's copy is there",
                              segment.name.timeline.value)};
  }
  return {false, "the recovery needs it"};
}

// PostgreSQL asks for the segment of a fork under the newest timeline's name first, and then under its
// parents'. Log before the fork is the same in all of them.
bool FetchAbsence::is_replaced_by_parents(const NumberedSegment& segment, const Json& identity) const {
  const auto newest = newest_of(repository_.segments(segment.name.timeline));
  if (newest && *newest > segment.number) return false;
  const std::vector<Ancestor> ancestors = ancestors_of(segment.name.timeline);
  if (ancestors.empty() || *bounds_.require_through > ancestors.back().fork) return false;
  for (auto at = ancestors.rbegin(); at != ancestors.rend(); ++at) {
    if (shipping_.number_at(at->fork, identity) != segment.number) return false;
    if (repository_.segment(at->timeline, segment.number)) return true;
  }
  return false;
}

FetchAbsence::Verdict FetchAbsence::at_the_end(const NumberedSegment& segment, const Json& identity) const {
  const TimelineId timeline = segment.name.timeline;
  if (const auto newest = newest_of(repository_.segments(timeline))) {
    if (segment.number > *newest)
      return {true, fmt::format("it lies beyond the newest segment of timeline {}", timeline.value)};
    return {false, fmt::format("later segments of timeline {} are there", timeline.value)};
  }
  // Nothing of the timeline is there, which is as it should be only while it is young.
  const std::vector<Ancestor> ancestors = ancestors_of(timeline);
  if (ancestors.empty() || repository_.segments(ancestors.back().timeline).empty())
    return {false, fmt::format("nothing of timeline {}, or what it comes from, is there", timeline.value)};
  if (segment.number < shipping_.number_at(ancestors.back().fork, identity))
    return {false, fmt::format("it lies before the beginning of timeline {}", timeline.value)};
  return {true, fmt::format("nothing of timeline {} is archived yet", timeline.value)};
}

// Empty when its history is not there.
std::vector<Ancestor> FetchAbsence::ancestors_of(TimelineId timeline) const {
  const std::string name = shipping_.history_name(timeline);
  const auto history = repository_.read_file(name);
  if (!history) return {};
  return shipping_.parse_history(as_text(*history), timeline, name);
}

std::string FetchAbsence::of_file(const ShippedName& name) const {
  if (name.kind == ShippedName::Kind::history) return of_history(name);
  return "it was never archived, and no recovery needs it";
}

std::string FetchAbsence::of_history(const ShippedName& name) const {
  if (bounds_.timeline && name.timeline > *bounds_.timeline)
    return fmt::format("timeline {} is not the recovery's", name.timeline.value);
  const auto document = repository_.timeline(name.timeline);
  if (document && !document->parent)
    return fmt::format("timeline {} comes from no other that is archived here", name.timeline.value);
  if (!bounds_.timeline && !document && repository_.segments(name.timeline).empty())
    return fmt::format("nothing of timeline {} is archived", name.timeline.value);
  throw_lost(name,
             fmt::format("the recovery needs it to find the beginning of timeline {}", name.timeline.value));
}

}  // namespace pitr
