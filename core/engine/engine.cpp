#include "engine/engine.hpp"

#include "base/error.hpp"

#include <fmt/format.h>

namespace pitr {

std::unique_ptr<Capture> Engine::capture(const CaptureRequest& /*request*/) const {
  throw Error(Errc::internal, fmt::format("a database of engine {} is not looked at", name()));
}

std::vector<std::string> Engine::check_recovery(const SnapshotManifest& /*snapshot*/,
                                                const RecoveryOptions& options,
                                                const fs::path& /*target*/) const {
  refuse_generation_only(options);
  RecoveryOptions without_command = options;
  without_command.fetch_command.clear();
  if (without_command == RecoveryOptions{}) return {};
  throw Error(Errc::usage, fmt::format("{} databases have no server that could recover", name()),
              "leave out the options that speak of one");
}

void Engine::refuse_generation_only(const RecoveryOptions& options) const {
  if (!options.generation_only) return;
  throw Error(Errc::usage,
              fmt::format("{} databases keep nothing in memory alone that a restore could leave out", name()),
              "leave out --generation-only");
}

}  // namespace pitr
