#include "plan/branches.hpp"

#include "base/error.hpp"

#include <algorithm>

namespace pitr {

namespace {

// Where two paths part; nothing when they share no timeline, or one is the beginning of the other without a
// fork.
std::optional<Branch> parting(const std::vector<PathElement>& path, const std::vector<PathElement>& other) {
  std::size_t shared = 0;
  while (shared < std::min(path.size(), other.size()) &&
         path[shared].timeline->id == other[shared].timeline->id) {
    ++shared;
  }
  if (shared == 0 || shared == path.size()) return std::nullopt;
  const auto& own_fork = path[shared - 1].bound;
  const auto& other_fork = other[shared - 1].bound;
  return Branch{other.back().timeline->id,
                other_fork ? std::min(*own_fork, *other_fork) : *own_fork,
                path[shared].timeline->id,
                {}};
}

const SegmentManifest* head_manifest(const Planning& planning, TimelineId timeline) {
  const TimelineEntry& entry = planning.catalogue.timelines.at(timeline);
  const SegmentEntry* head = planning.lookup.numbers(entry).head();
  return head == nullptr ? nullptr : manifest_of(planning, timeline, *head);
}

std::optional<std::vector<PathElement>> readable_path(const Catalogue& catalogue, TimelineId timeline) {
  try {
    return timeline_path(catalogue, timeline);
  } catch (const Error&) {
    return std::nullopt;
  }
}

}  // namespace

std::vector<Branch> branches_of(const Planning& planning, const std::vector<PathElement>& path) {
  std::vector<Branch> branches;
  for (const auto& [id, entry] : planning.catalogue.timelines) {
    const auto other = readable_path(planning.catalogue, id);
    if (!other) continue;
    auto branch = parting(path, *other);
    if (!branch) continue;
    const SegmentManifest* head = head_manifest(planning, id);
    if (head == nullptr || head->end_lsn <= branch->fork) continue;
    branch->end = end_of(*head);
    branches.push_back(*branch);
  }
  return branches;
}

bool is_live(const Planning& planning, const Branch& branch) {
  const SegmentManifest* head = head_manifest(planning, branch.timeline);
  if (head == nullptr) return false;
  const TimelineEntry& child = planning.catalogue.timelines.at(branch.path_child);
  Timestamp began = child.document->created_at;
  if (!child.segments.empty()) {
    const SegmentManifest* first = manifest_of(planning, child.id, child.segments.front());
    if (first != nullptr) began = first->archived_at;
  }
  return head->archived_at > began;
}

}  // namespace pitr
