#pragma once

#include "base/progress.hpp"
#include "engine/postgresql/last_record.hpp"
#include "engine/postgresql/server_programs.hpp"
#include "engine/postgresql/tree_writer.hpp"

#include <cstdint>

namespace pitr::postgresql {

// A restored cluster, whole and with its recovery settings, and how it shall recover.
struct RecoveryRun {
  ServerProgram server;
  fs::path data_directory;
  fs::path private_directory;  // inside it, empty: for the server's socket and log
  FileOwner owner;             // of the data directory: whom the server runs as
  Lsn start;                   // where replay begins
  RecordPlace last;            // where it ends
  TimelineId timeline;
  std::uint32_t segment_size = 0;
  bool promotes =
      true;  // else the server shuts down at the target and is still in recovery when started again
};

// Runs the server, which nobody can connect to, until it has recovered and shut down. Waits as long as it
// takes; the server is stopped when this process dies. Throws io_error, with the server's own words, when it
// ends otherwise or elsewhere; the cluster can then be started by hand.
void run_recovery(const RecoveryRun& run, Progress& progress);

}  // namespace pitr::postgresql
