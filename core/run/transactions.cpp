#include "base/error.hpp"
#include "repo/repository.hpp"
#include "run/engines.hpp"
#include "run/list.hpp"
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
  Listing(const Repository& repository, const TransactionFilter& filter)
      : repository_(repository), engine_(engine_named(repository.document().engine)), filter_(filter) {
    list_.notation = engine_.notation();
  }

  // Newest first, so that a limit need not read the whole history.
  TransactionList run(Catalogue& catalogue) {
    for (auto it = catalogue.timelines.rbegin(); it != catalogue.timelines.rend() && !list_.truncated; ++it) {
      if (filter_.timeline && *filter_.timeline != it->first) continue;
      const auto& segments = it->second.segments;
      for (auto entry = segments.rbegin(); entry != segments.rend() && !list_.truncated; ++entry) {
        repository_.load_manifests(catalogue, it->first, std::span(&*entry, 1), 1);
        const auto* const loaded = catalogue.loaded(it->first, *entry);
        if (loaded != nullptr && loaded->manifest && may_hold(*loaded->manifest, filter_))
          add(*loaded->manifest);
      }
    }
    std::reverse(list_.transactions.begin(), list_.transactions.end());
    return std::move(list_);
  }

 private:
  void add(const SegmentManifest& manifest) {
    const auto source = repository_.open_segment(manifest);
    const SegmentFacts facts = engine_.scan(manifest, *source);
    for (auto commit = facts.commits.rbegin(); commit != facts.commits.rend(); ++commit) {
      if (!matches(*commit, filter_)) continue;
      if (list_.transactions.size() == filter_.limit) {
        list_.truncated = true;
        return;
      }
      list_.transactions.push_back({manifest.timeline, *commit, manifest.content == SegmentContent::bridge});
    }
  }

  const Repository& repository_;
  const Engine& engine_;
  const TransactionFilter& filter_;
  TransactionList list_;
};

}  // namespace

TransactionList list_transactions(const Context& context, const TransactionFilter& filter) {
  const Repository repository = Repository::open(open_store(context.repository_url, false));
  Catalogue catalogue = repository.load_catalogue();
  if (filter.timeline && catalogue.timeline(*filter.timeline) == nullptr) {
    throw Error(Errc::not_found, "there is no timeline " + std::to_string(filter.timeline->value),
                "pitrctl list timelines");
  }
  return Listing(repository, filter).run(catalogue);
}

}  // namespace pitr
