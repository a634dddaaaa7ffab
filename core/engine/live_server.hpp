#pragma once

#include "base/json.hpp"
#include "model/ids.hpp"
#include "model/snapshot_manifest.hpp"
#include "model/snapshot_source.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace pitr {

// What a running server tells of itself.
struct ServerState {
  std::string shown;    // for people: "the server /run/postgresql:5432"
  Json identity;        // of its database, as it is stored with timelines
  TimelineId timeline;  // whose log it writes, or has replayed
  Lsn position;         // where that log ends now
  bool is_standby = false;
};

// A snapshot that is being taken of a running server. Once finish() has returned it is of use together with
// the log from start() to the end's consistent_lsn; without that, nothing of it is.
class ServerBackup {
 public:
  virtual ~ServerBackup() = default;
  [[nodiscard]] virtual Lsn start() const = 0;
  [[nodiscard]] virtual std::uint64_t size() const = 0;  // bytes, as far as it is known
  // What is not stored as it is found, for people.
  [[nodiscard]] virtual std::vector<std::string> remarks() const = 0;
  // Hands out the files, each good until visit returns.
  virtual void for_each_file(const std::function<void(const SnapshotSourceFile&)>& visit) = 0;

  struct End {
    // Timeline, start_lsn, consistent_lsn and the engine's data; point is not known here.
    SnapshotManifest manifest;
    std::vector<SnapshotSourceFile> files;  // that come last
    std::vector<std::string> damage;        // found while the files were read: "base/5/1259, block 7"
    std::uint64_t damaged_pages = 0;        // of which damage names the first
  };
  // Throws Errc::unavailable when the server became another one meanwhile.
  virtual End finish() = 0;
};

// A session of a running server, of a database that hands over its log file by file.
class LiveServer {
 public:
  virtual ~LiveServer() = default;
  [[nodiscard]] virtual ServerState state() = 0;
  // Throws a usage error when the server does not hand over its log.
  virtual void require_archiving() = 0;
  // What keeps it from handing over its log, for people; empty when nothing does, or none can tell.
  [[nodiscard]] virtual std::string archiving_trouble() = 0;
  // The file of the log that it handed over last; empty when there is none, or it cannot tell.
  [[nodiscard]] virtual std::string last_archived() = 0;
  // Writes a restore point into the log and returns where it ends.
  virtual Lsn create_restore_point(const std::string& name) = 0;
  // Completes the segment that is being written, so that it is handed over.
  virtual void end_segment() = 0;
};

}  // namespace pitr
