#include "run/source_comparison.hpp"

#include "run/engines.hpp"
#include "run/planning.hpp"
#include "run/state.hpp"
#include "run/timeline_choice.hpp"

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
      comparison.message = fmt::format("{} commits are not archived", since.commits);
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

}  // namespace

std::optional<Finding> compare_with_source(const Context& context, const Repository& repository,
                                           Catalogue& catalogue, const fs::path& source,
                                           SourceComparison& comparison) {
  const Engine& engine = engine_named(repository.document().engine);
  const fs::path state = state_directory(repository.document().id);
  const RunLock lock(state, kLockPatience);
  const auto capture = engine.capture({source, state, repository.document().chunk_secret, SourceClaim::none});
  comparison.source = capture->place();
  const auto foreign = [&](const std::string& reason) {
    comparison.message = reason;
    return Finding{Errc::log_conflict, "",
                   fmt::format("{} is not the database archived here: {}", comparison.source, reason)};
  };
  const auto timeline = find_timeline(repository, catalogue, *capture);
  if (!timeline) return foreign("no timeline was archived from it");
  const auto head = newest_segment(repository, catalogue, *timeline);
  if (!head) {
    comparison.message = "nothing of it is archived yet";
    return std::nullopt;
  }
  const LogSince since = capture->log_since(*head, [&] {
    return contents_at(repository, engine, catalogue, {*timeline, head->end_lsn}, context);
  });
  describe(since, comparison);
  if (since.verdict == Verdict::foreign) return foreign(since.reason);
  return std::nullopt;
}

}  // namespace pitr
