#pragma once

#include "engine/engine.hpp"

#include <set>
#include <string>
#include <vector>

namespace pitr {

// The last step of a restore of many files: moves all that lies in the staging directories to where it
// belongs. The keystone, a file in one of them without which nobody takes the result for a database, goes
// last, to `keystone_target`. A kill before that leaves what unfinished_entries() knows, one after it a whole
// database. All of it durable.
void publish(const std::vector<RestorePlace>& places, const fs::path& keystone,
             const fs::path& keystone_target);

// What an unfinished publish() has put, or was about to put, beside a staging directory: names.
std::set<std::string> unfinished_entries(const fs::path& staging);

}  // namespace pitr
