#include "engine/postgresql/server_programs.hpp"

#include "base/error.hpp"
#include "base/process.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <string>

#include <boost/filesystem/operations.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

namespace pitr::postgresql {

namespace {

constexpr const char* kProgram = "postgres";

// Debian, and the packages of the PostgreSQL project for Red Hat. Each holds a bin, or a directory for each
// version with a bin.
std::vector<fs::path> usual_directories() {
  std::vector<fs::path> directories;
  boost::system::error_code error;
  for (const char* parent : {"/usr/lib/postgresql", "/usr"}) {
    for (const auto& entry : fs::directory_iterator(parent, error)) {
      const std::string name = entry.path().filename().native();
      if (std::string_view(parent) != "/usr" || name.starts_with("pgsql-"))
        directories.push_back(entry.path() / "bin");
    }
  }
  directories.emplace_back("/usr/local/pgsql/bin");
  std::sort(directories.begin(), directories.end());
  return directories;
}

std::vector<fs::path> path_directories() {
  std::vector<fs::path> directories;
  const char* const variable = std::getenv("PATH");
  std::string_view rest = variable == nullptr ? "" : variable;
  while (!rest.empty()) {
    const std::string_view part = rest.substr(0, rest.find(':'));
    rest.remove_prefix(std::min(rest.size(), part.size() + 1));
    if (part.starts_with('/')) directories.emplace_back(std::string(part));
  }
  return directories;
}

std::optional<ServerProgram> server_in(const fs::path& directory) {
  const fs::path path = directory / kProgram;
  if (::access(path.c_str(), X_OK) != 0) return std::nullopt;
  const auto text = output_of({path.native(), "--version"});
  const auto major = text ? major_of_version_text(*text) : std::nullopt;
  if (!major) return std::nullopt;
  return ServerProgram{path, *major};
}

std::string described(const ServerProgram& server) {
  return fmt::format("version {} in {}", server.major, server.path.parent_path().native());
}

}  // namespace

std::optional<int> major_of_version_text(std::string_view text) {
  constexpr std::string_view kBegin = "postgres (PostgreSQL) ";
  if (!text.starts_with(kBegin)) return std::nullopt;
  text.remove_prefix(kBegin.size());
  int major = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), major);
  if (error != std::errc() || major <= 0) return std::nullopt;
  return major;
}

std::vector<ServerProgram> installed_servers() {
  std::vector<fs::path> directories = path_directories();
  for (fs::path& directory : usual_directories()) directories.push_back(std::move(directory));
  std::vector<ServerProgram> found;
  std::vector<fs::path> seen;
  for (const fs::path& directory : directories) {
    boost::system::error_code error;
    const fs::path real = fs::canonical(directory / kProgram, error);
    if (error || std::find(seen.begin(), seen.end(), real) != seen.end()) continue;
    seen.push_back(real);
    if (auto server = server_in(real.parent_path())) found.push_back(std::move(*server));
  }
  return found;
}

ServerProgram server_for(int major, const std::optional<fs::path>& directory) {
  if (directory) {
    const auto server = server_in(*directory);
    if (!server) {
      throw Error(Errc::usage, fmt::format("there is no server of PostgreSQL in {}", directory->native()),
                  "give the directory that holds the program postgres, as pg_config --bindir shows it");
    }
    if (server->major == major) return *server;
    throw Error(Errc::usage,
                fmt::format("{} holds version {} of PostgreSQL, and the cluster is of version {}",
                            directory->native(), server->major, major),
                fmt::format("give the directory of version {}", major));
  }
  std::vector<std::string> others;
  for (ServerProgram& server : installed_servers()) {
    if (server.major == major) return std::move(server);
    others.push_back(described(server));
  }
  throw Error(
      Errc::usage,
      fmt::format("there is no server of PostgreSQL {} on this machine{}", major,
                  others.empty() ? "" : fmt::format(", only {}", fmt::join(others, ", "))),
      fmt::format("install it, or name the directory of its programs; without --replay a restore needs "
                  "none"));
}

}  // namespace pitr::postgresql
