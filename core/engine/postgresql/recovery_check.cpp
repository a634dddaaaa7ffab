#include "engine/postgresql/recovery_check.hpp"

#include "base/error.hpp"
#include "engine/postgresql/server_programs.hpp"
#include "engine/postgresql/snapshot_data.hpp"
#include "engine/postgresql/tree_writer.hpp"

#include <algorithm>

#include <boost/filesystem/operations.hpp>
#include <fmt/format.h>
#include <unistd.h>

namespace pitr::postgresql {

namespace {

// A server runs as the owner of its data directory, and never as root. A directory that is to be made belongs
// to whom the one above it belongs to.
void check_identity(const fs::path& target) {
  fs::path existing = target;
  while (!fs::exists(existing) && existing.has_parent_path()) existing = existing.parent_path();
  const uid_t owner = ::geteuid() == 0 ? owner_of(existing).user : ::geteuid();
  if (owner == 0) {
    throw Error(
        Errc::usage,
        fmt::format("the server would run as root, who owns {}, and it refuses to", existing.native()),
        "make the target directory beforehand, and let it belong to the server's user");
  }
  if (existing == target && owner_of(target).user != owner) {
    throw Error(Errc::usage,
                fmt::format("{} belongs to another user, and no server would run there", target.native()),
                "restore as the user the directory belongs to");
  }
}

// A restore where there is no server at all is nothing unusual.
std::vector<std::string> missing_server_warning(int major) {
  const auto servers = installed_servers();
  const bool there =
      std::any_of(servers.begin(), servers.end(), [&](const ServerProgram& s) { return s.major == major; });
  if (servers.empty() || there) return {};
  return {fmt::format("the cluster is of PostgreSQL {}; this machine has version {} in {}", major,
                      servers.front().major, servers.front().path.parent_path().native())};
}

}  // namespace

std::vector<std::string> check_recovery(const SnapshotManifest& snapshot, const RecoveryOptions& options,
                                        const fs::path& target) {
  const SnapshotData data = snapshot_data(snapshot);
  if (options.replays) check_identity(target);
  if (options.replays || options.binaries) {
    static_cast<void>(server_for(data.version, options.binaries));
    return {};
  }
  return missing_server_warning(data.version);
}

}  // namespace pitr::postgresql
