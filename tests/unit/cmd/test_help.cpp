#include "cmd/option_tree.hpp"

#include <sstream>

#include <doctest/doctest.h>

using pitr::cmd::OptionTree;

namespace {

void check_help(const CLI::App& app) {
  const std::string help = app.help();
  INFO(help);
  CHECK(help.starts_with("Usage: pitrctl"));
  CHECK(help.find("\nExit status: ") != std::string::npos);
  CHECK(help.find("\nExamples:\n  ") != std::string::npos);
  CHECK(help.find("OPTION") < help.find('\n'));
  std::istringstream lines(help);
  for (std::string line; std::getline(lines, line);) {
    CAPTURE(line);
    CHECK(line.size() <= 80);
    CHECK((line.empty() || line.back() != ' '));
  }
  for (const CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; })) check_help(*sub);
}

}  // namespace

TEST_CASE("every help fits 80 columns and has exit statuses and examples") {
  OptionTree tree;
  check_help(tree.app());
}

TEST_CASE("options are grouped by purpose") {
  OptionTree tree;
  const std::string help = tree.app().get_subcommand("restore")->help();
  for (const char* group : {"\nTarget (one):\n", "\nWhich history, how exactly:\n", "\nGlobal options:\n"}) {
    CHECK(help.find(group) != std::string::npos);
  }
}
