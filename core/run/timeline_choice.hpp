#pragma once

#include "engine/engine.hpp"
#include "model/catalogue.hpp"
#include "repo/repository.hpp"

#include <optional>
#include <string>

namespace pitr {

// The timeline that a source archives to.
struct TimelineChoice {
  TimelineId id;
  bool created = false;  // just now
  std::string reason;    // why it was created, for people
};

struct Fork {
  TimelineId parent;
  Lsn lsn;
};

// The timeline that the source was archived to: that of the restore it came from, or the highest that was
// archived from this place, or else that it goes on from. Creates nothing.
std::optional<TimelineId> find_timeline(const Repository& repository, Catalogue& catalogue,
                                        const Capture& capture);

// In this order: the timeline asked for; that of the restore the database came from; the highest that was
// archived from this place, or that it goes on from; the first of all. Creates it where it does not exist,
// and then reads the catalogue again. Nothing when another run created it first. Throws log_conflict when the
// repository is that of another database.
std::optional<TimelineChoice> choose_timeline(const Repository& repository, Catalogue& catalogue,
                                              const Capture& capture, SourceClaim claim);

// Creates the next timeline; nothing when another run was faster.
std::optional<TimelineChoice> create_timeline(const Repository& repository, Catalogue& catalogue,
                                              const Capture& capture, const std::optional<Fork>& fork,
                                              const std::optional<std::string>& restore_id,
                                              std::string reason);

// The newest segment's manifest; nothing while there is none. Throws Errc::corrupt when it cannot be read.
std::optional<SegmentManifest> newest_segment(const Repository& repository, Catalogue& catalogue,
                                              TimelineId timeline);

[[noreturn]] void throw_foreign(const Capture& capture, const std::string& reason);

}  // namespace pitr
