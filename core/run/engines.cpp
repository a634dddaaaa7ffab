#include "run/engines.hpp"

#include "base/error.hpp"
#include "engine/postgresql/engine.hpp"
#include "engine/sochdb/engine.hpp"
#include "engine/sqlite/engine.hpp"

#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace pitr {

namespace {

// A new engine is a folder under core/engine and a line here.
std::array<const Engine*, 3> engines() {
  return {&sqlite::engine(), &postgresql::engine(), &sochdb::engine()};
}

}  // namespace

const Engine& engine_named(std::string_view name) {
  for (const Engine* engine : engines()) {
    if (engine->name() == name) return *engine;
  }
  throw Error(Errc::usage, fmt::format("there is no engine '{}'", name),
              fmt::format("engines: {}", fmt::join(engine_names(), ", ")));
}

std::vector<std::string> engine_names() {
  std::vector<std::string> names;
  for (const Engine* engine : engines()) names.emplace_back(engine->name());
  return names;
}

}  // namespace pitr
