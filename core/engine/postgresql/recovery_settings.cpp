#include "engine/postgresql/recovery_settings.hpp"

#include "base/error.hpp"

#include <array>
#include <utility>

#include <fmt/format.h>

namespace pitr::postgresql {

namespace {

// Each would stop recovery elsewhere, wait, follow another server, or run somebody's command.
constexpr std::array<std::pair<const char*, const char*>, 9> kCleared = {{{"recovery_target", ""},
                                                                          {"recovery_target_name", ""},
                                                                          {"recovery_target_time", ""},
                                                                          {"recovery_target_xid", ""},
                                                                          {"recovery_min_apply_delay", "0"},
                                                                          {"recovery_end_command", ""},
                                                                          {"archive_cleanup_command", ""},
                                                                          {"primary_conninfo", ""},
                                                                          {"primary_slot_name", ""}}};

const char* action_name(RecoveryOptions::Action action) {
  switch (action) {
    case RecoveryOptions::Action::promote:
      return "promote";
    case RecoveryOptions::Action::pause:
      return "pause";
    case RecoveryOptions::Action::shut_down:
      return "shutdown";
  }
  throw Error(Errc::internal, "an unknown recovery target action");
}

std::string with_line_end(std::string_view text) {
  std::string whole(text);
  if (!whole.empty() && whole.back() != '\n') whole += '\n';
  return whole;
}

std::string line(const char* name, std::string_view value) {
  return fmt::format("{} = {}\n", name, quoted_setting(value));
}

// For the shell that runs restore_command; the server takes a '%' for the beginning of a placeholder.
std::string shell_word(std::string_view word) {
  std::string quoted = "'";
  for (const char c : word) {
    if (c == '\'') {
      quoted += "'\\''";
    } else if (c == '%') {
      quoted += "%%";
    } else {
      quoted += c;
    }
  }
  return quoted + "'";
}

}  // namespace

std::string quoted_setting(std::string_view value) {
  std::string quoted = "'";
  for (const char c : value) {
    if (c == '\'') {
      quoted += "''";
    } else if (c == '\\') {
      quoted += "\\\\";
    } else if (c == '\n') {
      quoted += "\\n";
    } else {
      quoted += c;
    }
  }
  return quoted + "'";
}

std::string restore_command(const std::vector<std::string>& words) {
  if (words.empty()) throw Error(Errc::internal, "there is no command that fetches the log");
  std::string command;
  for (const std::string& word : words) command += shell_word(word) + " ";
  return command + "\"%f\" \"%p\"";
}

std::string recovery_conf(std::string_view before, const RecoveryOptions& options, const RecordPlace& last,
                          TimelineId timeline) {
  std::string conf = recovered_conf(before, options);
  // First: up to version 15 an empty target behind another is an error.
  for (const auto& [name, value] : kCleared) conf += line(name, value);
  conf += line("restore_command", restore_command(options.fetch_command));
  conf += line("recovery_target_lsn", format_lsn(last.start, LsnNotation::hex_pair));
  conf += line("recovery_target_inclusive", "on");
  conf += line("recovery_target_timeline", fmt::to_string(timeline.value));
  conf += line("recovery_target_action", action_name(options.action));
  // Without it a server cannot pause.
  if (options.action == RecoveryOptions::Action::pause) conf += line("hot_standby", "on");
  return conf;
}

std::string recovered_conf(std::string_view before, const RecoveryOptions& options) {
  std::string conf = with_line_end(before);
  if (options.keeps_archiving) return conf;
  conf += "# A restored cluster does not archive. Remove the next line to let it.\n";
  return conf + line("archive_mode", "off");
}

}  // namespace pitr::postgresql
