#pragma once

#include "base/file.hpp"
#include "engine/postgresql/cluster_tree.hpp"

#include <string>
#include <vector>

namespace pitr::postgresql {

// A cluster that is there already and shall become that of a snapshot, file by file. No symbolic link in it
// is followed but those that name its tablespaces.
class ExistingCluster {
 public:
  // roots: the data directory and those of the tablespaces, in the order of the trees. staging: the directory
  // in the data directory for what is not finished. All must outlive it.
  ExistingCluster(const SnapshotData& data, const ClusterFiles& files, const std::vector<fs::path>& roots,
                  const fs::path& staging);

  // Throws Errc::conflict where a server is running, where there is no cluster, or, unless forced, another
  // one than the snapshot's, and where a tablespace's directory holds something else.
  void check(bool force) const;

  // What no server made and the snapshot does not hold: paths for people.
  [[nodiscard]] std::vector<std::string> foreign() const;

  // Makes the data directory one that no server starts from, and removes what the snapshot does not hold.
  // What is there then is of the right kind: files are files, directories directories. Throws Errc::conflict
  // for what foreign() would tell, unless forced.
  void begin(bool force) const;
  // The last step: the control file, finished, goes to its place.
  void finish(const fs::path& control_file) const;

 private:
  void check_server() const;
  void check_identity() const;
  void check_tablespaces() const;
  void clear_staging() const;
  void take_control_file_away() const;

  const SnapshotData& data_;
  const ClusterFiles& files_;
  const std::vector<fs::path>& roots_;
  const fs::path& staging_;
};

}  // namespace pitr::postgresql
