#pragma once

#include "cmd/command_line.hpp"
#include "run/list.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace pitr::cmd {

// What a list command shows: an inventory without what the options exclude.
struct Listing {
  ListSubject subject = ListSubject::overview;
  Inventory inventory;
  std::uint64_t left_out = 0;  // by --limit
};

// Throws not_found for a timeline that the repository does not have.
Listing make_listing(Inventory inventory, const ListRequest& request);

// The remarks on the segments shown, each once, in the order of the log.
std::vector<std::string> log_remarks(const Inventory& inventory);

// How long the log of a timeline is known to be complete: the time of its newest look at the database, else
// of its newest point. Nothing when no time is known.
std::optional<Timestamp> complete_to(const Inventory& inventory, TimelineId timeline);

}  // namespace pitr::cmd
