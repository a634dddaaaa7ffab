#pragma once

#include "base/error.hpp"
#include "plan/chain.hpp"
#include "plan/path.hpp"

#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace pitr {

// While a chain is walked along a timeline, notes where others fork off from its log: the state before the
// step that crosses the fork, from which a walk along the child's path goes on. What `Origin` a chain has is
// kept with it.
template <typename Origin>
class ForkStates {
 public:
  struct Noted {
    ChainState state;
    Origin origin;
    bool is_end;  // the timeline's own log does not reach the fork
  };

  explicit ForkStates(const Catalogue& catalogue) {
    for (const auto& [id, entry] : catalogue.timelines) {
      if (!entry.document || !entry.document->parent || !entry.document->fork_lsn) continue;
      const Lsn fork = *entry.document->fork_lsn;
      for (const TimelineId holder : holders_of(catalogue, *entry.document->parent, fork))
        children_[holder].push_back({fork, id});
    }
    for (auto& [parent, forks] : children_) std::sort(forks.begin(), forks.end());
  }

  // Walks the rest of a chain and notes the forks off `timeline` on the way. `on_step` is
  // called with the state before each step, and the step. Returns once the chain ends.
  template <typename OnStep>
  void follow(ChainWalk& walk, TimelineId timeline, const Origin& origin, OnStep on_step) {
    const auto& forks = children_[timeline];
    auto fork = std::lower_bound(forks.begin(), forks.end(), std::pair(walk.position(), TimelineId{}));
    while (true) {
      const ChainState before = walk.state();
      const auto step = walk.next();
      if (!step && !walk.needed().empty()) {
        throw Error(Errc::internal, "a survey was made before all manifests were loaded");
      }
      // At the end too: a child may go on from there.
      for (;
           fork != forks.end() && (!step || fork->first == before.position || fork->first < step->segment.to);
           ++fork) {
        noted_[fork->second].push_back({before, origin, !step});
      }
      if (!step) return;
      on_step(before, *step);
    }
  }

  // From which the child's path can be gone on with, the best first: the newest that leads into the child,
  // and last the oldest of those that do not. Chains that meet at the fork may know the log there by
  // different tokens.
  [[nodiscard]] std::vector<const Noted*> of(const SegmentLookup& lookup,
                                             const std::vector<PathElement>& path) const {
    std::vector<const Noted*> best_first;
    const auto found = noted_.find(path.back().timeline->id);
    if (found == noted_.end()) return best_first;
    for (auto noted = found->second.rbegin(); noted != found->second.rend(); ++noted)
      best_first.push_back(&*noted);
    std::stable_partition(best_first.begin(), best_first.end(),
                          [&](const Noted* noted) { return leads_into_child(lookup, path, *noted); });
    return best_first;
  }

 private:
  // The timelines whose chains may come to the fork: ancestors too, where the parent begins only behind it,
  // or just there.
  static std::vector<TimelineId> holders_of(const Catalogue& catalogue, TimelineId parent, Lsn fork) {
    std::vector<TimelineId> holders;
    try {
      for (const PathElement& element : timeline_path(catalogue, parent)) {
        if (!element.bound || fork <= *element.bound) holders.push_back(element.timeline->id);
      }
    } catch (const Error&) {
      holders.push_back(parent);
    }
    return holders;
  }

  static bool leads_into_child(const SegmentLookup& lookup, const std::vector<PathElement>& path,
                               const Noted& noted) {
    ChainWalk walk(lookup, path, noted.state);
    while (const auto step = walk.next()) {
      if (step->segment.timeline == path.back().timeline->id) return true;
    }
    return false;
  }

  std::map<TimelineId, std::vector<std::pair<Lsn, TimelineId>>> children_;
  std::map<TimelineId, std::vector<Noted>> noted_;
};

}  // namespace pitr
