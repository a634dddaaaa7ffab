#include "cmd/help.hpp"

#include <string_view>
#include <vector>

#include <fmt/format.h>

namespace pitr::cmd {

namespace {

constexpr std::size_t kWidth = 80;
constexpr std::size_t kNameColumn = 26;

std::string full_name(const CLI::App& app) {
  return app.get_parent() == nullptr ? app.get_name() : full_name(*app.get_parent()) + " " + app.get_name();
}

std::string wrapped(std::string_view text, std::size_t indent) {
  std::string out;
  std::size_t column = indent;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    if (column > indent && column + 1 + end > kWidth) {
      out += "\n" + std::string(indent, ' ');
      column = indent;
    }
    if (column > indent) {
      out += ' ';
      ++column;
    }
    out += text.substr(0, end);
    column += end;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

// A name and what it is, in two columns; a long name gets a line of its own.
std::string row(const std::string& name, const std::string& description) {
  std::string out = "  " + name;
  if (out.size() + 2 > kNameColumn) {
    out += "\n" + std::string(kNameColumn, ' ');
  } else {
    out.resize(kNameColumn, ' ');
  }
  return out + wrapped(description, kNameColumn) + "\n";
}

std::string option_name(const CLI::Option& option) {
  if (option.get_positional()) return option.get_name(true);
  std::string name = option.get_snames().empty() ? "    " : "-" + option.get_snames().front() + ", ";
  name += "--" + option.get_lnames().front();
  if (option.get_items_expected_max() != 0) name += " " + option.get_type_name();
  return name;
}

std::string option_rows(const CLI::App& app, const std::string& group) {
  std::string out;
  for (const CLI::Option* option : app.get_options({})) {
    const bool own_help = app.get_parent() != nullptr && option == app.get_help_ptr();
    if (!own_help && option->get_group() == group)
      out += row(option_name(*option), option->get_description());
  }
  return out;
}

std::string section(const std::string& title, const std::string& rows) {
  return rows.empty() ? std::string() : fmt::format("\n{}:\n{}", title, rows);
}

std::string command_rows(const CLI::App& app) {
  std::string out;
  for (const CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; })) {
    out += row(sub->get_name(), sub->get_description());
  }
  return out;
}

const CLI::App& root_of(const CLI::App& app) {
  return app.get_parent() == nullptr ? app : root_of(*app.get_parent());
}

const CLI::App& selected(const CLI::App& app) {
  const auto parsed = const_cast<CLI::App&>(app).get_subcommands();
  return parsed.empty() ? app : selected(*parsed.front());
}

}  // namespace

std::string usage_line(const CLI::App& app) {
  std::string line = full_name(app);
  if (!app.get_subcommands([](const CLI::App*) { return true; }).empty())
    return line + " COMMAND [ARGUMENTS] [OPTIONS]";
  for (const CLI::Option* option : app.get_options({})) {
    if (option->get_positional()) {
      const std::string name = option->get_name(true);
      line += option->get_required() ? " " + name : " [" + name + "]";
    } else if (option->get_required()) {
      line += fmt::format(" --{} {}", option->get_lnames().front(), option->get_type_name());
    }
  }
  return line + " [OPTIONS]";
}

std::string HelpFormatter::make_help(const CLI::App* app, std::string /*name*/,
                                     CLI::AppFormatMode /*mode*/) const {
  const CLI::App& shown = selected(*app);
  std::string out = fmt::format("Usage: {}\n\n{}\n", usage_line(shown), wrapped(shown.get_description(), 0));
  out += section("Commands", command_rows(shown));
  for (const std::string& group : shown.get_groups()) {
    if (group != kGlobalGroup) out += section(group, option_rows(shown, group));
  }
  out += section(kGlobalGroup, option_rows(root_of(shown), kGlobalGroup));
  return out + "\n" + shown.get_footer();
}

}  // namespace pitr::cmd
