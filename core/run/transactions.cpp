#include "base/error.hpp"
#include "plan/path.hpp"
#include "plan/planning.hpp"
#include "repo/repository.hpp"
#include "run/engines.hpp"
#include "run/list.hpp"
#include "run/source_key.hpp"
#include "store/store.hpp"

#include <algorithm>
#include <string>

namespace pitr {

namespace {

bool may_hold(const SegmentManifest& manifest, const TransactionFilter& filter) {
  if (manifest.commits.count == 0) return false;
  if (!manifest.time) return true;
  return !(filter.since && manifest.time->max < *filter.since) &&
         !(filter.until && manifest.time->min > *filter.until);
}

bool matches(const CommitFact& commit, const TransactionFilter& filter) {
  const auto& time = commit.point.time;
  return !(filter.since && time && *time < *filter.since) && !(filter.until && time && *time > *filter.until);
}

class Listing {
 public:
  Listing(const ArchivedDatabase& database, const TransactionFilter& filter, Catalogue& catalogue)
      : repository_(database.repository),
        engine_(database.engine),
        key_(database.key),
        filter_(filter),
        catalogue_(catalogue) {
    list_.notation = engine_.notation();
  }

  // Newest first, so that a limit need not read the whole history.
  TransactionList run() {
    for (auto it = catalogue_.timelines.rbegin(); it != catalogue_.timelines.rend() && !list_.truncated;
         ++it) {
      if (filter_.timeline && *filter_.timeline != it->first) continue;
      const auto& segments = it->second.segments;
      for (auto entry = segments.rbegin(); entry != segments.rend() && !list_.truncated; ++entry) {
        const SegmentManifest* manifest = manifest_of(it->first, *entry);
        if (manifest != nullptr && may_hold(*manifest, filter_))
          add(*manifest, *entry, copied_until(it->second, *manifest));
      }
    }
    std::reverse(list_.transactions.begin(), list_.transactions.end());
    return std::move(list_);
  }

 private:
  const SegmentManifest* manifest_of(TimelineId timeline, const SegmentEntry& entry) {
    repository_.load_manifests(catalogue_, timeline, std::span(&entry, 1), 1);
    const auto* const loaded = catalogue_.loaded(timeline, entry);
    return loaded != nullptr && loaded->manifest ? &*loaded->manifest : nullptr;
  }

  // The segment in which a timeline forked off repeats what its ancestors wrote into theirs. Up to the
  // position returned an ancestor's is archived, too, and shows it.
  std::optional<Lsn> copied_until(const TimelineEntry& timeline, const SegmentManifest& manifest) {
    std::optional<Lsn> until;
    for (const PathElement& element : known_path(catalogue_, timeline)) {
      const bool is_copied = element.bound && *element.bound > manifest.start_lsn;
      if (is_copied && is_archived(*element.timeline, manifest.number)) until = element.bound;
    }
    return until;
  }

  bool is_archived(const TimelineEntry& timeline, SegmentNumber number) {
    return std::any_of(timeline.segments.begin(), timeline.segments.end(), [&](const SegmentEntry& entry) {
      return entry.number <= number && number <= entry.last_number &&
             manifest_of(timeline.id, entry) != nullptr;
    });
  }

  void add(const SegmentManifest& manifest, const SegmentEntry& entry, std::optional<Lsn> copied_until) {
    const auto source = repository_.open_segment(manifest);
    const SegmentFacts facts = engine_.scan(manifest, *source, key_);
    require_unsealed(facts, {manifest.timeline, entry}, "a transaction");
    for (auto commit = facts.commits.rbegin(); commit != facts.commits.rend(); ++commit) {
      if (!matches(*commit, filter_) || (copied_until && commit->point.lsn <= *copied_until)) continue;
      if (list_.transactions.size() == filter_.limit) {
        list_.truncated = true;
        return;
      }
      list_.transactions.push_back({manifest.timeline, *commit, manifest.content == SegmentContent::bridge});
    }
  }

  const Repository& repository_;
  const Engine& engine_;
  const SourceKey* key_;
  const TransactionFilter& filter_;
  Catalogue& catalogue_;
  TransactionList list_;
};

}  // namespace

TransactionList list_transactions(const ArchivedDatabase& database, const TransactionFilter& filter,
                                  Catalogue& catalogue) {
  return Listing(database, filter, catalogue).run();
}

TransactionList list_transactions(const Context& context, const TransactionFilter& filter) {
  const Repository repository = Repository::open(open_store(context.repository_url, false));
  const Engine& engine = engine_named(repository.document().engine);
  const auto key = source_key(context, engine);
  Catalogue catalogue = repository.load_catalogue();
  if (filter.timeline && catalogue.timeline(*filter.timeline) == nullptr) {
    throw Error(Errc::not_found, "there is no timeline " + std::to_string(filter.timeline->value),
                "pitrctl list timelines");
  }
  return list_transactions({repository, engine, key ? &*key : nullptr}, filter, catalogue);
}

}  // namespace pitr
