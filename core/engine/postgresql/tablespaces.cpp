#include "engine/postgresql/tablespaces.hpp"

#include "base/error.hpp"

#include <algorithm>
#include <optional>

#include <boost/filesystem/operations.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace pitr::postgresql {

namespace {

std::string described(const Tablespace& tablespace) {
  return fmt::format("tablespace {} ({})", tablespace.name, tablespace.oid);
}

std::size_t named(const SnapshotData& data, const std::string& name) {
  std::optional<std::size_t> found;
  std::vector<std::string> known;
  for (std::size_t i = 0; i < data.tablespaces.size(); ++i) {
    const Tablespace& tablespace = data.tablespaces[i];
    known.push_back(described(tablespace));
    if (name != tablespace.name && name != fmt::to_string(tablespace.oid)) continue;
    if (found)
      throw Error(Errc::usage, fmt::format("'{}' is the name of one tablespace and the OID of another", name),
                  "name both by the other of the two");
    found = i;
  }
  if (found) return *found;
  throw Error(Errc::usage, fmt::format("the snapshot has no tablespace '{}'", name),
              known.empty() ? "it has none at all" : fmt::format("it has {}", fmt::join(known, ", ")));
}

// Symbolic links resolved, as far as the path exists.
fs::path resolved(const fs::path& path) {
  boost::system::error_code error;
  const fs::path canonical = fs::weakly_canonical(path, error);
  return error ? path.lexically_normal() : canonical;
}

bool is_in_or_same(const fs::path& inner, const fs::path& outer) {
  const auto [inner_end, outer_end] = std::mismatch(inner.begin(), inner.end(), outer.begin(), outer.end());
  return outer_end == outer.end();
}

struct Place {
  std::string name;
  fs::path path;
  fs::path real;
};

void check_apart(const std::vector<Place>& places) {
  for (std::size_t i = 0; i < places.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const bool apart =
          !is_in_or_same(places[i].real, places[j].real) && !is_in_or_same(places[j].real, places[i].real);
      if (apart) continue;
      throw Error(Errc::usage,
                  fmt::format("{} would be in {}, and {} in {}: one inside the other", places[j].name,
                              places[j].path.native(), places[i].name, places[i].path.native()),
                  "give each a directory of its own: --tablespace NAME=DIR");
    }
  }
}

fs::path without_trailing_slash(const fs::path& path) {
  const fs::path normal = path.lexically_normal();
  return normal.filename() == "." || normal.filename_is_dot() ? normal.parent_path() : normal;
}

}  // namespace

std::vector<fs::path> tablespace_locations(const SnapshotData& data, const RecoveryOptions& options,
                                           const fs::path& target) {
  std::vector<std::optional<fs::path>> mapped(data.tablespaces.size());
  for (const auto& [name, path] : options.tablespaces) {
    auto& place = mapped[named(data, name)];
    if (place) throw Error(Errc::usage, fmt::format("tablespace {} is given two directories", name));
    if (!path.is_absolute()) {
      throw Error(Errc::usage, fmt::format("the directory of tablespace {} is not an absolute path: {}", name,
                                           path.native()));
    }
    place = without_trailing_slash(path);
  }
  std::vector<Place> places = {{"the data directory", target, resolved(target)}};
  std::vector<fs::path> locations;
  for (std::size_t i = 0; i < mapped.size(); ++i) {
    locations.push_back(mapped[i] ? *mapped[i] : without_trailing_slash(data.tablespaces[i].location));
    places.push_back({described(data.tablespaces[i]), locations.back(), resolved(locations.back())});
  }
  check_apart(places);
  return locations;
}

std::string tablespace_map(const SnapshotData& data, const std::vector<fs::path>& locations) {
  std::string map;
  for (std::size_t i = 0; i < locations.size(); ++i) {
    map += fmt::format("{} ", data.tablespaces[i].oid);
    for (const char c : locations[i].native()) {
      if (c == '\n' || c == '\r' || c == '\\') map += '\\';
      map += c;
    }
    map += '\n';
  }
  return map;
}

}  // namespace pitr::postgresql
