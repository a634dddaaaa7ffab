#pragma once

#include <istream>
#include <vector>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>

namespace pitr::cmd {

struct ConfigEntry;
class OptionTree;

// Gives CLI11 what a configuration file holds (see config_file.hpp), once every key in it is known to be an
// option that may stand there and to hold a value of its kind. Command line and environment come first.
class ConfigLoader : public CLI::ConfigBase {
 public:
  explicit ConfigLoader(OptionTree& tree) : tree_(tree) {}
  std::vector<CLI::ConfigItem> from_config(std::istream& input) const override;

 private:
  CLI::Option* find(const ConfigEntry& entry, const std::string& place) const;

  OptionTree& tree_;
};

}  // namespace pitr::cmd
