#pragma once

#include "cmd/command_line.hpp"

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <CLI/App.hpp>
#include <CLI/Formatter.hpp>

namespace pitr::cmd {

// What the options write to.
struct OptionValues {
  GlobalOptions globals;
  InitRequest init{"sqlite", Codec{}};
  ArchiveRequest archive;
  ArchiveRequest snapshot;
  FetchRequest fetch;
  ListRequest list;
  ValidateRequest validate;
  RestoreCommand restore;
  std::vector<std::pair<std::string, TargetText>> targets;  // given to restore, with the option's name
  CreateRestorePointRequest create;
  DeleteRestorePoint deletion;
  std::map<std::string, fs::path> source_key_files;  // by the command, "restore-point create"
};

// Every command and option there is, in one CLI11 tree. Also what help, configuration file and completions
// have to agree with.
class OptionTree {
 public:
  OptionTree();
  OptionTree(const OptionTree&) = delete;
  OptionTree& operator=(const OptionTree&) = delete;

  [[nodiscard]] CLI::App& app() { return app_; }
  [[nodiscard]] const OptionValues& values() const { return values_; }
  // The values an option is chosen from; null when it takes any.
  [[nodiscard]] const std::vector<std::string>* choices(const CLI::Option* option) const;
  // The configuration file gave this option's value, at "file:line".
  void set_origin(const CLI::Option* option, std::string origin);

 private:
  using Reader = std::function<void(const std::string&)>;
  struct Value {
    std::string names;  // as CLI11 takes them
    std::string type;   // what stands for the value in help; empty for a positional
    std::string description;
  };

  CLI::App* command(CLI::App& parent, const std::string& name, const std::string& description);
  // An option with a value. read throws a usage error for what it cannot take; it is rethrown with the
  // option's name.
  CLI::Option* value(CLI::App& app, const Value& option, Reader read);
  // The same, of an option that may be given several times.
  CLI::Option* values(CLI::App& app, const Value& option, const Reader& read);
  CLI::Option* choice(CLI::App& app, const Value& option, std::vector<std::string> values,
                      std::function<void(std::size_t)> chosen);
  static CLI::Option* flag(CLI::App& app, const std::string& names, bool& value,
                           const std::string& description);

  void add_globals();
  void add_init();
  void add_archive();
  void add_snapshot();
  void add_fetch();
  void add_list();
  void add_validate();
  void add_restore();
  void add_restore_targets(CLI::App& restore);
  void add_restore_recovery(CLI::App& restore);
  void add_restore_point();
  void add_source(CLI::App& app, ArchiveRequest& request);
  void add_source_key(CLI::App& app, const std::string& command);
  // How long to wait for a server's log.
  CLI::Option* add_patience(CLI::App& app, ServerOptions& server);

  CLI::App app_;
  OptionValues values_;
  std::map<const CLI::Option*, std::vector<std::string>> choices_;
  std::map<const CLI::Option*, std::string> origins_;
};

}  // namespace pitr::cmd
