#pragma once

#include "plan/route.hpp"

#include <optional>
#include <string>
#include <vector>

namespace pitr {

// The end of everything that is archived on a path, whether or not a chain reaches it.
struct ArchivedEnd {
  Lsn lsn;
  std::optional<Timestamp> time;
};

// Writes the answers to targets that one path cannot reach.
class Refusals {
 public:
  Refusals(const Planning& planning, const std::vector<PathElement>& path)
      : planning_(planning), path_(path) {}

  // The target as it was asked for: "LSN 150", "the point before transaction 17".
  [[nodiscard]] std::string target() const;
  [[nodiscard]] TimelinePoint on_path(const Point& point) const {
    return {timeline_at(path_, point.lsn), point};
  }

  // `distance` is how far off it is, with a blank behind ("5 min "), where that can be said.
  [[nodiscard]] Refusal before_first(const SnapshotManifest& first, const std::string& distance) const;
  [[nodiscard]] Refusal before_forced(const SnapshotManifest& forced, const std::string& distance) const;
  [[nodiscard]] Refusal after_last(const Point& last, std::optional<Timestamp> captured_to,
                                   const std::string& distance) const;
  // The chain ends before the target, although the log goes on: `beyond` is the first snapshot after the end,
  // which shows it where no segment does, and `after` the first after the target that can be restored.
  [[nodiscard]] Refusal cut_off(const Route& route, const SnapshotManifest* beyond,
                                const SnapshotManifest* after) const;
  // The chain ends before its snapshot is consistent, and no other snapshot does.
  [[nodiscard]] Refusal inconsistent(const Route& route, const SnapshotManifest* after) const;
  [[nodiscard]] Refusal inside_bridge(const Route& route, const ChainStep& bridge) const;

  [[nodiscard]] Refusal between(Errc code, std::string message, std::optional<Point> before,
                                std::optional<Point> after) const;
  // "--to-lsn 120 is the nearest point before, --to-lsn 200 the nearest after".
  [[nodiscard]] std::string nearest_hint(const std::optional<TimelinePoint>& before,
                                         const std::optional<TimelinePoint>& after) const;
  [[nodiscard]] std::string to_lsn(Lsn lsn) const;
  [[nodiscard]] LsnNotation notation() const { return planning_.catalogue.notation; }

 private:
  // A snapshot speaks of the segments before it, also where no newer one shows that they are missing.
  static std::string end_reason(const ChainWalk& walk, const SnapshotManifest* beyond);

  const Planning& planning_;
  const std::vector<PathElement>& path_;
};

// Nothing when it cannot be told, because the newest segment cannot be read. Throws Missing when its manifest
// has not been loaded.
std::optional<ArchivedEnd> archived_end(const Planning& planning, const std::vector<PathElement>& path);

// As the newest segment of a timeline alone tells.
ArchivedEnd end_of(const SegmentManifest& head);

}  // namespace pitr
