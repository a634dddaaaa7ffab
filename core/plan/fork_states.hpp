#pragma once

#include "base/error.hpp"
#include "plan/chain.hpp"

#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace pitr {

// While a chain is walked along a timeline, notes where its children fork off: the state before the step that
// crosses the fork, from which a walk along the child's path goes on. What `Origin` a chain has is kept with
// it.
template <typename Origin>
class ForkStates {
 public:
  struct Noted {
    ChainState state;
    Origin origin;
  };

  explicit ForkStates(const Catalogue& catalogue) {
    for (const auto& [id, entry] : catalogue.timelines) {
      if (!entry.document || !entry.document->parent || !entry.document->fork_lsn) continue;
      children_[*entry.document->parent].push_back({*entry.document->fork_lsn, id});
    }
    for (auto& [parent, forks] : children_) std::sort(forks.begin(), forks.end());
  }

  // Walks the rest of a chain and notes the forks of the children of `timeline` on the way. `on_step` is
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
        noted_[fork->second].push_back({before, origin});
      }
      if (!step) return;
      on_step(before, *step);
    }
  }

  // From which the child's path is best gone on with: the newest that leads into the child, or else the
  // newest. Chains that meet at the fork may know the log there by different tokens.
  [[nodiscard]] const Noted* of(const SegmentLookup& lookup, const std::vector<PathElement>& path) const {
    const auto found = noted_.find(path.back().timeline->id);
    if (found == noted_.end()) return nullptr;
    const std::vector<Noted>& noted = found->second;
    const auto leading = std::find_if(noted.rbegin(), noted.rend(),
                                      [&](const Noted& n) { return leads_into_child(lookup, path, n); });
    return leading != noted.rend() ? &*leading : &noted.back();
  }

 private:
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
