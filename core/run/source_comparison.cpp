#include "run/source_comparison.hpp"

#include "run/planning.hpp"
#include "run/state.hpp"
#include "run/timeline_choice.hpp"

#include <utility>

#include <fmt/format.h>

namespace pitr {

namespace {

using Verdict = LogSince::Verdict;

void describe(const LogSince& since, SourceComparison& comparison) {
  switch (since.verdict) {
    case Verdict::unchanged:
      comparison.commits_not_archived = 0;
      comparison.message = "everything is archived";
      return;
    case Verdict::continued:
      comparison.commits_not_archived = since.commits;
      comparison.message = since.commits ? fmt::format("{} commits are not archived", *since.commits)
                                         : "log is not archived; how many commits it holds cannot be told "
                                           "without the database's key";
      return;
    case Verdict::bridged:
      comparison.commits_not_archived = since.hidden_commits;
      comparison.message =
          since.hidden_commits
              ? fmt::format("{} commits are not archived, and the next run can only bridge them: {}",
                            *since.hidden_commits, since.reason)
              : fmt::format("commits are not archived, and the next run can only bridge them: {}",
                            since.reason);
      return;
    case Verdict::broken:
      comparison.message =
          fmt::format("commits are not archived, and the next run must take a snapshot: {}", since.reason);
      return;
    case Verdict::reverted:
      comparison.message = fmt::format("the next run begins a new timeline: {}", since.reason);
      return;
    case Verdict::foreign:
      comparison.message = since.reason;
      return;
  }
}

Finding foreign_source(SourceComparison& comparison, const std::string& reason) {
  comparison.message = reason;
  return {Errc::log_conflict, "",
          fmt::format("{} is not the database archived here: {}", comparison.source, reason)};
}

std::string log_behind(const LogShipping& shipping, const ServerState& server, const SegmentEntry& newest,
                       LsnNotation notation) {
  const std::uint64_t current = shipping.number_at(server.position, server.identity).value;
  const std::uint64_t next = newest.last_number.value + 1;
  return fmt::format(
      "the server is at LSN {} of timeline {}; {} segments that it has completed are not archived",
      format_lsn(server.position, notation), server.timeline.value, current > next ? current - next : 0);
}

// What a server says that it handed over must be there.
std::optional<Finding> find_missing_file(const Repository& repository, const LogShipping& shipping,
                                         const ServerState& server, const std::string& last_archived) {
  const auto name = shipping.parse_name(last_archived);
  if (!name || name->kind != ShippedName::Kind::segment || name->timeline != server.timeline)
    return std::nullopt;
  if (repository.segment(name->timeline, shipping.number_of(*name, server.identity))) return std::nullopt;
  return Finding{Errc::wal_gap, "",
                 fmt::format("{} says that {} is archived, and it is not in this repository", server.shown,
                             last_archived)};
}

std::optional<Finding> compare_with_server(const ArchivedDatabase& database, const Catalogue& catalogue,
                                           const std::string& source, SourceComparison& comparison) {
  const LogShipping& shipping = *database.engine.shipping();
  const auto server = shipping.connect(source);
  const ServerState state = server->state();
  comparison.source = state.shown;
  for (const auto& [id, timeline] : catalogue.timelines) {
    if (!timeline.document) continue;
    if (const auto difference = shipping.difference(timeline.document->source, state.identity))
      return foreign_source(comparison, *difference);
  }
  const TimelineEntry* timeline = catalogue.timeline(state.timeline);
  if (timeline == nullptr || timeline->segments.empty()) {
    comparison.message = fmt::format("nothing of its timeline {} is archived yet", state.timeline.value);
    return std::nullopt;
  }
  comparison.message = log_behind(shipping, state, timeline->segments.back(), database.engine.notation());
  return find_missing_file(database.repository, shipping, state, server->last_archived());
}

std::vector<Finding> compare_with_file(const Context& context, const ArchivedDatabase& database,
                                       Catalogue& catalogue, const fs::path& source,
                                       SourceComparison& comparison) {
  const Repository& repository = database.repository;
  const fs::path state = state_directory(repository.document().id);
  const RunLock lock(state, kLockPatience);
  CaptureRequest request{source, state, repository.document().chunk_secret, SourceClaim::none};
  if (database.key != nullptr) request.key = *database.key;
  const auto capture = database.engine.capture(request);
  comparison.source = capture->place();
  const auto timeline = find_timeline(repository, catalogue, *capture);
  if (!timeline) return {foreign_source(comparison, "no timeline was archived from it")};
  const auto head = newest_segment(repository, catalogue, *timeline);
  if (!head) {
    comparison.message = "nothing of it is archived yet";
    return {};
  }
  const LogSince since = capture->log_since(*head, [&] {
    return contents_at(database, catalogue, {*timeline, head->end_lsn}, context);
  });
  describe(since, comparison);
  for (const std::string& remark : since.remarks) context.warn(remark);
  std::vector<Finding> findings;
  if (since.verdict == Verdict::foreign) findings.push_back(foreign_source(comparison, since.reason));
  if (!since.damage.empty())
    findings.push_back({Errc::corrupt, "", fmt::format("{}: {}", comparison.source, since.damage)});
  return findings;
}

}  // namespace

std::vector<Finding> compare_with_source(const Context& context, const ArchivedDatabase& database,
                                         Catalogue& catalogue, const fs::path& source,
                                         SourceComparison& comparison) {
  if (database.engine.shipping() == nullptr)
    return compare_with_file(context, database, catalogue, source, comparison);
  auto finding = compare_with_server(database, catalogue, source.native(), comparison);
  return finding ? std::vector{std::move(*finding)} : std::vector<Finding>();
}

}  // namespace pitr
