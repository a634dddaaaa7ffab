#include "cmd/config_loader.hpp"

#include "base/error.hpp"
#include "cmd/config_file.hpp"
#include "cmd/option_tree.hpp"
#include "cmd/suggest.hpp"

#include <cstdlib>
#include <string>

#include <fmt/format.h>

namespace pitr::cmd {

namespace {

std::vector<std::string> keys_of(const CLI::App& app) {
  std::vector<std::string> keys;
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_configurable() && !option->get_lnames().empty())
      keys.push_back(option->get_lnames().front());
  }
  return keys;
}

CLI::App& section_of(CLI::App& root, const ConfigEntry& entry, const std::string& place) {
  CLI::App* app = &root;
  for (const std::string& name : entry.section) {
    const auto named = app->get_subcommands([&](const CLI::App* sub) { return sub->get_name() == name; });
    if (named.empty()) {
      throw Error(
          Errc::usage,
          fmt::format("{}: there is no command '{}' for the section of {}", place, name, entry.full_name()),
          "a section is named after a command, as [init] or [restore-point.create]");
    }
    app = named.front();
  }
  return *app;
}

void check_kind(const ConfigEntry& entry, const CLI::Option& option, const std::string& place) {
  const bool is_flag = option.get_items_expected_max() == 0;
  if (is_flag != (entry.kind == ConfigEntry::Kind::boolean)) {
    throw Error(Errc::usage, fmt::format("{}: {} must be {}", place, entry.full_name(),
                                         is_flag ? "true or false" : "a string in quotes or a whole number"));
  }
  if (entry.kind == ConfigEntry::Kind::integer && option.get_type_name() != "N") {
    throw Error(Errc::usage, fmt::format("{}: {} must be a string in quotes", place, entry.full_name()));
  }
}

bool environment_has(const CLI::Option& option) {
  if (option.get_envname().empty()) return false;
  const char* value = std::getenv(option.get_envname().c_str());
  return value != nullptr && *value != '\0';
}

}  // namespace

CLI::Option* ConfigLoader::find(const ConfigEntry& entry, const std::string& place) const {
  CLI::App& app = section_of(tree_.app(), entry, place);
  for (CLI::Option* option : app.get_options({})) {
    if (option->get_configurable() && option->check_lname(entry.key)) return option;
  }
  const std::string nearest = nearest_word(entry.key, keys_of(app));
  throw Error(Errc::usage, fmt::format("{}: unknown key {}", place, entry.full_name()),
              nearest.empty() ? "see pitrctl(1) for the keys a configuration file may hold"
                              : fmt::format("did you mean {}?", nearest));
}

std::vector<CLI::ConfigItem> ConfigLoader::from_config(std::istream& input) const {
  const auto file = tree_.app().get_config_ptr()->as<std::string>();
  std::vector<CLI::ConfigItem> loaded;
  for (const ConfigEntry& entry : read_config(input, file)) {
    const std::string place = fmt::format("{}:{}", file, entry.line);
    CLI::Option* option = find(entry, place);
    check_kind(entry, *option, place);
    if (!option->empty() || environment_has(*option)) continue;
    tree_.set_origin(option, fmt::format("{}: {}", place, entry.full_name()));
    CLI::ConfigItem item;
    item.parents = entry.section;
    item.name = entry.key;
    item.inputs = {entry.value};
    loaded.push_back(std::move(item));
  }
  return loaded;
}

}  // namespace pitr::cmd
