#include "run/timeline_choice.hpp"

#include "base/error.hpp"
#include "repo/names.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace pitr {

namespace {

bool was_archived_from(const Repository& repository, Catalogue& catalogue, const Capture& capture,
                       TimelineId timeline) {
  if (const auto head = newest_segment(repository, catalogue, timeline)) return capture.is_at(*head);
  return capture.is_at(catalogue.timeline(timeline)->document->source);
}

void require_documents(const Catalogue& catalogue) {
  for (const auto& [id, timeline] : catalogue.timelines) {
    if (timeline.document) continue;
    throw Error(Errc::corrupt, fmt::format("{} is missing or damaged", timeline_key(id)),
                "nothing can be archived until it is back; 'pitrctl validate' shows what is wrong");
  }
}

std::optional<RestoreMark> mark_of(const Repository& repository, const Capture& capture) {
  auto mark = capture.restore_mark();
  if (mark && mark->repository != repository.document().id) mark.reset();
  return mark;
}

std::optional<TimelineChoice> fork_from_restore(const Repository& repository, Catalogue& catalogue,
                                                const Capture& capture, const RestoreMark& mark) {
  if (catalogue.timeline(mark.timeline) == nullptr) {
    throw Error(Errc::not_found,
                fmt::format("the database was restored from timeline {}, which is not in the repository",
                            mark.timeline.value),
                "check --repo; or run once with --new-timeline");
  }
  return create_timeline(repository, catalogue, capture, Fork{mark.timeline, mark.lsn}, mark.restore_id,
                         fmt::format("the database was restored from timeline {} at LSN {}",
                                     mark.timeline.value, format_lsn(mark.lsn, catalogue.notation)));
}

}  // namespace

std::optional<TimelineId> find_timeline(const Repository& repository, Catalogue& catalogue,
                                        const Capture& capture) {
  require_documents(catalogue);
  const auto mark = mark_of(repository, capture);
  const auto newest = [&](auto is_it) -> std::optional<TimelineId> {
    const auto it = std::find_if(catalogue.timelines.rbegin(), catalogue.timelines.rend(), is_it);
    return it == catalogue.timelines.rend() ? std::nullopt : std::optional(it->first);
  };
  if (mark) {
    return newest(
        [&](const auto& timeline) { return timeline.second.document->restore_id == mark->restore_id; });
  }
  if (const auto here = newest([&](const auto& timeline) {
        return was_archived_from(repository, catalogue, capture, timeline.first);
      }))
    return here;
  return newest([&](const auto& timeline) {
    const auto head = newest_segment(repository, catalogue, timeline.first);
    return head && capture.goes_on_from(*head);
  });
}

std::optional<TimelineChoice> choose_timeline(const Repository& repository, Catalogue& catalogue,
                                              const Capture& capture, SourceClaim claim) {
  if (claim == SourceClaim::new_timeline) {
    require_documents(catalogue);
    return create_timeline(repository, catalogue, capture, {}, {}, "--new-timeline was given");
  }
  if (const auto found = find_timeline(repository, catalogue, capture))
    return TimelineChoice{*found, false, {}};
  if (const auto mark = mark_of(repository, capture))
    return fork_from_restore(repository, catalogue, capture, *mark);
  if (catalogue.timelines.empty()) return create_timeline(repository, catalogue, capture, {}, {}, "");
  if (claim == SourceClaim::same_database)
    return TimelineChoice{catalogue.timelines.rbegin()->first, false, {}};
  throw_foreign(capture, "the repository has been archived from another place");
}

std::optional<TimelineChoice> create_timeline(const Repository& repository, Catalogue& catalogue,
                                              const Capture& capture, const std::optional<Fork>& fork,
                                              const std::optional<std::string>& restore_id,
                                              std::string reason) {
  TimelineDocument document;
  document.repository = repository.document().id;
  document.timeline = {catalogue.timelines.empty() ? 1 : catalogue.timelines.rbegin()->first.value + 1};
  if (fork) {
    document.parent = fork->parent;
    document.fork_lsn = fork->lsn;
  }
  document.restore_id = restore_id;
  document.created_at = now();
  document.source = capture.identity();
  if (repository.create_timeline(document) == Repository::Creation::lost) return std::nullopt;
  catalogue = repository.load_catalogue();
  return TimelineChoice{document.timeline, true, std::move(reason)};
}

std::optional<SegmentManifest> newest_segment(const Repository& repository, Catalogue& catalogue,
                                              TimelineId timeline) {
  const TimelineEntry* const entry = catalogue.timeline(timeline);
  if (entry == nullptr || entry->segments.empty()) return std::nullopt;
  const SegmentEntry newest = entry->segments.back();
  repository.load_manifests(catalogue, timeline, std::span(&newest, 1), 1);
  const auto* const loaded = catalogue.loaded(timeline, newest);
  if (loaded == nullptr || !loaded->manifest) {
    throw Error(Errc::corrupt,
                fmt::format("{} is damaged: {}", segment_key(timeline, newest.number, newest.last_number),
                            loaded != nullptr ? loaded->problem : "it cannot be read"),
                "move it out of the repository to go on after the segment before it; 'pitrctl validate' "
                "shows what is wrong");
  }
  return *loaded->manifest;
}

void throw_foreign(const Capture& capture, const std::string& reason) {
  throw Error(Errc::log_conflict,
              fmt::format("{} is not the database archived here: {}", capture.place(), reason),
              "run once with --same-database if it is the same database, moved or rebuilt, or with "
              "--new-timeline if it is a "
              "copy or a branch that shall have a history of its own");
}

}  // namespace pitr
