#pragma once

#include <cstddef>
#include <istream>
#include <string>
#include <vector>

namespace pitr::cmd {

// One "key = value" of a configuration file.
struct ConfigEntry {
  enum class Kind { string, integer, boolean };
  std::vector<std::string>
      section;  // the command it is for: {"restore-point", "create"}; empty for the globals
  std::string key;
  std::string value;
  Kind kind = Kind::string;
  std::size_t line = 0;

  [[nodiscard]] std::string full_name() const;
};

// Reads the part of TOML that options need: comments, [section] lines, bare keys, and strings (one line),
// whole numbers and booleans as values. Throws a usage error that names file and line for everything else,
// and for a key given twice.
std::vector<ConfigEntry> read_config(std::istream& input, const std::string& file);

}  // namespace pitr::cmd
