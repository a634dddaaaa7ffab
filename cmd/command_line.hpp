#pragma once

#include "base/time.hpp"
#include "model/ids.hpp"
#include "run/archive.hpp"
#include "run/fetch.hpp"
#include "run/init.hpp"
#include "run/restore.hpp"
#include "run/restore_points.hpp"
#include "run/validate.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace pitr::cmd {

struct GlobalOptions {
  std::string repository_url;
  std::size_t jobs = 4;
  std::optional<fs::path> source_key_file;
  bool json = false;
  bool quiet = false;
  bool verbose = false;
};

enum class ListSubject { overview, windows, snapshots, segments, timelines, restore_points, transactions };

struct ListRequest {
  ListSubject subject = ListSubject::overview;
  std::optional<TimelineId> timeline;
  std::optional<Timestamp> since;
  std::optional<Timestamp> until;
  std::optional<std::uint64_t> limit;  // the newest so many
};

struct RestoreCommand {
  RestoreRequest request;
  bool dry_run = false;
};

struct ListRestorePoints {};

struct DeleteRestorePoint {
  std::string name;
};

// What --help and --version ask for.
struct ShowText {
  std::string text;
};

using Command =
    std::variant<ShowText, InitRequest, ArchiveRequest, FetchRequest, ListRequest, ValidateRequest,
                 RestoreCommand, CreateRestorePointRequest, ListRestorePoints, DeleteRestorePoint>;

struct CommandLine {
  GlobalOptions globals;
  Command command;
};

// Reads the arguments (without the program's name), the environment and the configuration file. Throws a
// usage error for whatever is not a command line.
CommandLine parse_command_line(const std::vector<std::string>& arguments);

}  // namespace pitr::cmd
