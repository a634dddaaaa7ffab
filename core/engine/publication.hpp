#pragma once

#include "engine/engine.hpp"

#include <set>
#include <string>
#include <vector>

namespace pitr {

// Puts an empty file where the keystone of a restore will be, for databases that are not opened with it. A
// kill after that leaves what unfinished_entries() knows.
void hold_place(const RestorePlace& place, const fs::path& keystone, const fs::path& keystone_target);

// The last step of a restore of many files: moves all that lies in the staging directories to where it
// belongs. The keystone, a file in one of them without which nobody takes the result for a database, goes
// last, to `keystone_target`, where nothing is but what hold_place() put there. A kill before that leaves
// what unfinished_entries() knows, one after it a whole database. All of it durable.
void publish(const std::vector<RestorePlace>& places, const fs::path& keystone,
             const fs::path& keystone_target);

// What an unfinished publish() has put, or was about to put, beside a staging directory: names.
std::set<std::string> unfinished_entries(const fs::path& staging);

}  // namespace pitr
