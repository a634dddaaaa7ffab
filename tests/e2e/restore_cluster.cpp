// Restores a PostgreSQL cluster from a base backup in a directory and files of its log, by the engine alone:
//   restore_cluster REQUEST.json
// {"backup", "engine_data", "start", "consistent", "stop", "timeline", "segments": [...], "target", "fetch":
// [...]} and what of RecoveryOptions is not as ever. Prints what it did, as JSON.
#include "base/error.hpp"
#include "engine/postgresql/recovery_check.hpp"
#include "engine/postgresql/replay.hpp"
#include "run/target_directory.hpp"
#include "support/cluster_chain.hpp"

#include <cstdio>
#include <deque>
#include <exception>

#include <fmt/format.h>

namespace {

using namespace pitr;

Lsn lsn_of(const Json& request, const char* key) {
  return parse_lsn(request.at(key).get<std::string>(), LsnNotation::hex_pair);
}

test::ClusterChain chain_of(const Json& request) {
  SnapshotManifest manifest;
  manifest.id = "20261123T101112Z-1a2b3c";
  manifest.start_lsn = lsn_of(request, "start");
  manifest.consistent_lsn = lsn_of(request, "consistent");
  manifest.engine_data = request.at("engine_data");
  return {manifest, request.at("backup").get<std::string>()};
}

RecoveryOptions::Action action_of(const std::string& name) {
  if (name == "pause") return RecoveryOptions::Action::pause;
  return name == "shutdown" ? RecoveryOptions::Action::shut_down : RecoveryOptions::Action::promote;
}

RecoveryOptions options_of(const Json& request) {
  RecoveryOptions options;
  const Json tablespaces = request.value("tablespaces", Json::object());
  for (const auto& [name, path] : tablespaces.items())
    options.tablespaces.emplace_back(name, path.get<std::string>());
  options.action = action_of(request.value("action", "promote"));
  options.keeps_archiving = request.value("keeps_archiving", false);
  options.replays = request.value("replays", false);
  options.delta = request.value("delta", false);
  options.force = request.value("force", false);
  if (request.contains("binaries")) options.binaries = request["binaries"].get<std::string>();
  options.fetch_command = request.at("fetch").get<std::vector<std::string>>();
  return options;
}

class Percent : public NoProgress {
 public:
  void begin(std::string_view phase, std::uint64_t) override { fmt::print(stderr, "{}\n", phase); }
};

int run(const Json& request) {
  test::ClusterChain chain = chain_of(request);
  const Lsn stop = lsn_of(request, "stop");
  for (const Json& segment : request.at("segments")) chain.add_segment(segment.get<std::string>(), stop);
  const RecoveryOptions options = options_of(request);
  const fs::path target = request.at("target").get<std::string>();
  for (const std::string& warning : postgresql::check_recovery(chain.snapshot(), options, target))
    fmt::print(stderr, "warning: {}\n", warning);
  TargetDirectory directory(target);
  if (options.delta) {
    const auto foreign = postgresql::foreign_entries(chain, options, {target, directory.staging()});
    for (const std::string& entry : foreign) fmt::print(stderr, "foreign: {}\n", entry);
    if (!foreign.empty() && !options.force) throw Error(Errc::conflict, "the target holds foreign entries");
  }
  std::deque<TargetDirectory> others;
  std::vector<RestorePlace> places;
  for (const OtherDirectory& other : postgresql::other_directories(chain, options, target)) {
    places.push_back({other.path, {}});
    if (options.delta) continue;
    others.emplace_back(other.path).prepare();
    places.back().staging = others.back().staging();
  }
  options.delta ? directory.prepare_in_place() : directory.prepare();
  Percent progress;
  const auto result = postgresql::replay({chain,
                                          stop,
                                          {request.at("timeline").get<std::uint32_t>()},
                                          directory.staging(),
                                          target,
                                          {"0123456789abcdef0123456789abcdef", {1}, stop, "4567", {}},
                                          options,
                                          2,
                                          progress,
                                          places});
  for (TargetDirectory& other : others) other.finish();
  directory.finish();
  fmt::print("{}\n", Json{{"size", result.size},
                          {"snapshot_bytes", result.snapshot_bytes},
                          {"written_bytes", result.written_bytes},
                          {"compared_bytes", result.compared_bytes}}
                         .dump());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc != 2) throw Error(Errc::usage, "restore_cluster REQUEST.json");
    return run(parse_json(as_text(read_whole_file(argv[1])), argv[1]));
  } catch (const Error& error) {
    fmt::print(stderr, "restore_cluster: {}: {} ({})\n", code_name(error.code()), error.what(), error.hint());
  } catch (const std::exception& error) {
    fmt::print(stderr, "restore_cluster: {}\n", error.what());
  }
  return 1;
}
