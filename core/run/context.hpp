#pragma once

#include "base/file.hpp"
#include "base/progress.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace pitr {

// What every use case is run with: the global options.
struct Context {
  std::string repository_url;
  std::size_t jobs = 4;
  Progress& progress;
  // Told what a careful operator wants to know although the work goes on.
  std::function<void(std::string_view warning)> warn = [](std::string_view) {};
  std::optional<fs::path> source_key_file = {};  // holds the key of an encrypted database
};

}  // namespace pitr
