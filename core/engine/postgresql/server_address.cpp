#include "engine/postgresql/server_address.hpp"

#include "base/error.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <optional>

#include <boost/filesystem/operations.hpp>
#include <fcntl.h>
#include <fmt/format.h>
#include <libpq-fe.h>
#include <pwd.h>

namespace pitr::postgresql {

namespace {

constexpr const char* kPostmasterFile = "postmaster.pid";
constexpr const char* kVersionFile = "PG_VERSION";
constexpr const char* kDatabase = "postgres";  // there is one of that name in every cluster

// The lines of postmaster.pid. Facts: utils/pidfile.h.
enum Line : std::size_t { kPid, kDataDirectory, kStartTime, kPort, kSocketDirectory, kListenAddress, kLines };

template <typename Number>
std::optional<Number> parse_number(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number <= 0) return std::nullopt;
  return number;
}

bool is_running(std::int64_t pid) { return ::kill(static_cast<pid_t>(pid), 0) == 0 || errno != ESRCH; }

std::optional<std::string> environment(const char* variable) {
  const char* value = std::getenv(variable);
  if (value == nullptr || *value == '\0') return std::nullopt;
  return value;
}

std::string owner_of(const fs::path& data_directory) {
  struct stat status {};
  if (::stat(data_directory.c_str(), &status) != 0) throw_errno("look at", data_directory.native());
  std::array<char, 4096> buffer{};
  struct passwd entry {};
  struct passwd* found = nullptr;
  if (::getpwuid_r(status.st_uid, &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr)
    return entry.pw_name;
  throw Error(Errc::usage,
              fmt::format("the owner of {}, user {}, has no name", data_directory.native(), status.st_uid),
              "set PGUSER to the role that shall be used");
}

ServerAddress address_of_directory(const fs::path& data_directory) {
  const PostmasterFile server = running_postmaster(data_directory);
  std::string host = server.socket_directory;
  if (host.empty()) host = server.listen_address == "*" ? "localhost" : server.listen_address;
  const auto user = environment("PGUSER");
  ServerAddress address;
  address.data_directory = data_directory;
  address.shown = fmt::format("the server of {}", data_directory.native());
  address.parameters = {{"host", host},
                        {"port", std::to_string(server.port)},
                        {"user", user ? *user : owner_of(data_directory)},
                        {"dbname", kDatabase}};
  return address;
}

// In a URI, what a password holds unencoded would be taken for a host or a database, and shown as one.
bool is_ambiguous_uri(std::string_view source) {
  if (!source.starts_with("postgresql://") && !source.starts_with("postgres://")) return false;
  const std::string_view rest = source.substr(source.find("://") + 3);
  const auto last_at = rest.rfind('@');
  return last_at != std::string_view::npos && rest.find_first_of("@/") != last_at;
}

using Options = std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)>;

// What libpq says of a string it cannot read quotes it, and is not repeated.
Options parse_connection_string(const std::string& source) {
  Options options(PQconninfoParse(source.c_str(), nullptr), PQconninfoFree);
  if (options && !source.empty() && !is_ambiguous_uri(source)) return options;
  throw Error(
      Errc::usage, "the source is neither a data directory nor a connection string",
      "a data directory holds a file PG_VERSION; connection strings are written \"host=/run/postgresql "
      "port=5432 user=postgres\" (values with spaces in single quotes) or "
      "postgresql://USER:PASSWORD@HOST:PORT/DATABASE (in a password, @ : / are written %40 %3A %2F)");
}

using Parameters = std::vector<ServerAddress::Parameter>;

std::optional<std::string> value_of(const Parameters& parameters, std::string_view keyword) {
  for (const auto& parameter : parameters) {
    if (parameter.keyword == keyword) return parameter.value;
  }
  return std::nullopt;
}

ServerAddress address_of_string(const std::string& source) {
  const Options options = parse_connection_string(source);
  ServerAddress address;
  auto& parameters = address.parameters;
  for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
    if (option->val != nullptr) parameters.push_back({option->keyword, option->val});
  }
  // Otherwise libpq would take the role's name for that of a database.
  if (!value_of(parameters, "dbname") && !value_of(parameters, "service") && !environment("PGDATABASE"))
    parameters.push_back({"dbname", kDatabase});
  const auto shown = [&](std::string_view keyword, const char* variable, const char* otherwise) {
    const auto value = value_of(parameters, keyword);
    return value ? *value : environment(variable).value_or(otherwise);
  };
  address.shown =
      fmt::format("the server {}:{}", shown("host", "PGHOST", "localhost"), shown("port", "PGPORT", "5432"));
  return address;
}

}  // namespace

PostmasterFile parse_postmaster_file(std::string_view text, const std::string& what) {
  std::array<std::string_view, kLines> lines;
  for (auto& line : lines) {
    line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
  }
  const auto pid = parse_number<std::int32_t>(lines[kPid]);
  const auto start_time = parse_number<std::int64_t>(lines[kStartTime]);
  const auto port = parse_number<std::uint16_t>(lines[kPort]);
  if (!pid || !start_time || !port)
    throw Error(Errc::corrupt, fmt::format("{} does not tell of a running server", what));
  return {*pid, *start_time, *port, std::string(lines[kSocketDirectory]), std::string(lines[kListenAddress])};
}

std::optional<PostmasterFile> read_postmaster_file(const fs::path& data_directory) {
  const fs::path path = data_directory / kPostmasterFile;
  if (!open_if_exists(path, O_RDONLY)) return std::nullopt;
  try {
    return parse_postmaster_file(as_text(read_whole_file(path)), path.native());
  } catch (const Error& error) {
    // It is written line by line while the server starts.
    if (error.code() != Errc::corrupt) throw;
    return std::nullopt;
  }
}

PostmasterFile running_postmaster(const fs::path& data_directory) {
  const auto server = read_postmaster_file(data_directory);
  std::string problem = "no server runs in it";
  if (server && !is_running(server->pid)) {
    problem = fmt::format("its server, process {}, is gone", server->pid);
  } else if (server && server->socket_directory.empty() && server->listen_address.empty()) {
    problem = "its server listens nowhere";
  } else if (server) {
    return *server;
  }
  throw Error(Errc::unavailable,
              fmt::format("cannot reach the server of {}: {}", data_directory.native(), problem),
              "start it and run the same command again; a backup is taken from a running server");
}

ServerAddress server_address(const std::string& source) {
  boost::system::error_code ignored;
  const bool is_data_directory = !source.empty() && fs::exists(fs::path(source) / kVersionFile, ignored);
  return is_data_directory ? address_of_directory(source) : address_of_string(source);
}

}  // namespace pitr::postgresql
