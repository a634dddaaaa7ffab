#include "cmd/command_line.hpp"

#include "base/error.hpp"
#include "cmd/help.hpp"
#include "cmd/option_tree.hpp"
#include "cmd/suggest.hpp"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

namespace pitr::cmd {

namespace {

CLI::App& selected(CLI::App& app) {
  const auto parsed = app.get_subcommands();
  return parsed.empty() ? app : selected(*parsed.front());
}

std::string command_path(const CLI::App& app) {
  return app.get_parent() == nullptr ? app.get_name()
                                     : command_path(*app.get_parent()) + " " + app.get_name();
}

std::vector<std::string> long_options(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* level = &app; level != nullptr; level = level->get_parent()) {
    for (const CLI::Option* option : level->get_options({})) {
      for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    }
  }
  return names;
}

[[noreturn]] void refuse_unknown(const CLI::App& app, const std::string& argument) {
  const std::string path = command_path(app);
  if (argument.starts_with('-')) {
    const std::string name = argument.substr(0, argument.find('='));
    const std::string nearest = nearest_word(name, long_options(app));
    throw Error(Errc::usage, fmt::format("{} has no option {}", path, name),
                nearest.empty() ? fmt::format("{} --help lists the options", path)
                                : fmt::format("did you mean {}?", nearest));
  }
  std::vector<std::string> names;
  for (const CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; }))
    names.push_back(sub->get_name());
  if (names.empty()) {
    throw Error(Errc::usage, fmt::format("{} does not expect the argument '{}'", path, argument),
                "usage: " + usage_line(app));
  }
  const std::string nearest = nearest_word(argument, names);
  throw Error(Errc::usage, fmt::format("{} has no command '{}'", path, argument),
              nearest.empty() ? fmt::format("{} --help lists the commands", path)
                              : fmt::format("did you mean {}?", nearest));
}

// CLI11 takes the argument after an empty "--repo=" for its value.
void refuse_empty_values(const std::vector<std::string>& arguments) {
  for (const std::string& argument : arguments) {
    if (argument == "--") return;
    if (argument.starts_with("--") && argument.ends_with('=') && argument.find('=') == argument.size() - 1) {
      throw Error(Errc::usage, fmt::format("{} has no value", argument.substr(0, argument.size() - 1)),
                  "a variable in the command line may be empty");
    }
  }
}

// What CLI11 could not place; more telling than what came of it.
void refuse_leftovers(CLI::App& root) {
  const CLI::App& app = selected(root);
  const std::vector<std::string> unknown = root.remaining(true);
  const auto first =
      std::find_if(unknown.begin(), unknown.end(), [](const std::string& arg) { return arg != "--"; });
  if (first != unknown.end()) refuse_unknown(app, *first);
}

[[noreturn]] void refuse(CLI::App& root, const CLI::ParseError& error) {
  refuse_leftovers(root);
  const CLI::App& app = selected(root);
  if (dynamic_cast<const CLI::FileError*>(&error) != nullptr) {
    throw Error(
        Errc::usage,
        fmt::format("cannot read the configuration file {}", root.get_config_ptr()->as<std::string>()),
        "check the path given with --config");
  }
  if (!app.get_subcommands([](const CLI::App*) { return true; }).empty()) {
    throw Error(Errc::usage, fmt::format("{} needs a command", command_path(app)),
                fmt::format("{} --help lists the commands", command_path(app)));
  }
  throw Error(Errc::usage, fmt::format("{}: {}", command_path(app), error.what()),
              fmt::format("usage: {}; {} --help tells more", usage_line(app), command_path(app)));
}

RestoreCommand restore_command(const OptionValues& values) {
  RestoreCommand restore = values.restore;
  if (values.targets.size() > 1) {
    throw Error(Errc::usage,
                fmt::format("{} and {} exclude each other", values.targets[0].first, values.targets[1].first),
                "a restore has one target");
  }
  if (!values.targets.empty()) restore.request.target = values.targets.front().second;
  return restore;
}

ListRequest list_request(const OptionValues& values) {
  const ListRequest& list = values.list;
  if (list.limit && list.subject == ListSubject::overview) {
    throw Error(Errc::usage, "the overview has no --limit",
                "name what to list, as in pitrctl list transactions --limit 20");
  }
  if (list.since && list.until && *list.since > *list.until) {
    throw Error(Errc::usage, "--since is later than --until");
  }
  return list;
}

// Without the program's name: "restore-point create".
std::string command_name(CLI::App& root) {
  const std::string path = command_path(selected(root));
  return path.substr(path.find(' ') + 1);
}

Command command_of(const std::string& name, const OptionValues& values) {
  if (name == "init") return values.init;
  if (name == "archive") return values.archive;
  if (name == "snapshot") return values.snapshot;
  if (name == "fetch") return values.fetch;
  if (name == "list") return list_request(values);
  if (name == "validate") return values.validate;
  if (name == "restore") return restore_command(values);
  if (name == "restore-point create") return values.create;
  if (name == "restore-point list") return ListRestorePoints{};
  if (name == "restore-point delete") return values.deletion;
  throw Error(Errc::internal, fmt::format("nothing does the command {}", name));
}

}  // namespace

CommandLine parse_command_line(const std::vector<std::string>& arguments) {
  refuse_empty_values(arguments);
  OptionTree tree;
  CLI::App& app = tree.app();
  try {
    // CLI11 takes them from the back.
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::CallForHelp&) {
    return {{}, ShowText{app.help()}};
  } catch (const CLI::CallForVersion& version) {
    return {{}, ShowText{fmt::format("pitrctl {}\n", version.what())}};
  } catch (const CLI::ParseError& error) {
    refuse(app, error);
  } catch (const Error&) {
    refuse_leftovers(app);
    throw;
  }
  const std::string name = command_name(app);
  CommandLine line{tree.values().globals, command_of(name, tree.values())};
  const auto key_file = tree.values().source_key_files.find(name);
  if (key_file != tree.values().source_key_files.end()) line.globals.source_key_file = key_file->second;
  if (line.globals.quiet && line.globals.verbose) {
    throw Error(Errc::usage, "--quiet and --verbose exclude each other");
  }
  if (line.globals.repository_url.empty()) {
    throw Error(Errc::usage, "no repository given",
                "name it with --repo URL or in the environment as PITRCTL_REPO");
  }
  return line;
}

}  // namespace pitr::cmd
