#pragma once

#include "base/file.hpp"
#include "engine/postgresql/cluster_tree.hpp"

#include <functional>
#include <map>
#include <string>

#include <sys/stat.h>

namespace pitr::postgresql {

// Goes through what is below a directory without following any symbolic link, and finds what does not belong
// to a tree: what a server made and has no place any more, and what no server made.
class TreeSweep {
 public:
  // link_targets: symbolic links that belong there, by path, and where they lead. passed: an entry of the
  // root that is left alone.
  TreeSweep(const ClusterTree& tree, std::map<std::string, std::string> link_targets, std::string passed);

  // Told of each entry that no server made: its path, relative, and what it is if no plain file.
  using Foreign = std::function<void(const std::string& path, const char* kind)>;

  void list(const fs::path& root, const Foreign& foreign) const;
  // Removes all that has no place; a file with several names, too, as it may be shared with another cluster.
  // foreign is told before each removal and may throw.
  void remove(const fs::path& root, const Foreign& foreign) const;

 private:
  enum class Place { kept, entered, stale, foreign, passed };
  struct Walk;

  [[nodiscard]] Place place_of(int directory, const std::string& path, const char* name,
                               const struct stat& status) const;
  [[nodiscard]] Place place_of_unknown(const std::string& path, const struct stat& status) const;

  bool is_tablespace_;
  std::map<std::string, std::string> links_;
  std::string passed_;
  std::map<std::string, bool> known_;  // every path of the tree; true for a directory
};

}  // namespace pitr::postgresql
