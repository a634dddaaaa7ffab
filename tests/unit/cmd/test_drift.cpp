// Help, manual pages and completions say of every command and option what the option tree says, and nothing
// else.

#include "cmd/option_tree.hpp"

#include <cctype>
#include <cstdio>
#include <fstream>
#include <functional>
#include <memory>
#include <regex>
#include <set>
#include <sstream>
#include <string>

#include <doctest/doctest.h>

using pitr::cmd::OptionTree;

namespace {

using Names = std::set<std::string>;

std::string read_source(const std::string& name) {
  std::ifstream file(std::string(PITRCTL_SOURCE_DIR) + "/" + name);
  REQUIRE_MESSAGE(file.good(), name);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// Standard output of a shell command line.
std::string output_of(const std::string& command) {
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  REQUIRE(pipe != nullptr);
  std::string text;
  for (int c = std::fgetc(pipe.get()); c != EOF; c = std::fgetc(pipe.get())) text += static_cast<char>(c);
  return text;
}

bool installed(const std::string& program) { return !output_of("command -v " + program).empty(); }

Names lines_of(const std::string& text) {
  Names lines;
  std::istringstream input(text);
  for (std::string line; std::getline(input, line);) lines.insert(line.substr(0, line.find('\t')));
  return lines;
}

// The long options named in a text.
Names mentioned_in(const std::string& text) {
  static const std::regex option("(^|[^a-z0-9-])(--[a-z][a-z-]*[a-z])");
  Names names;
  for (std::sregex_iterator i(text.begin(), text.end(), option), end; i != end; ++i) names.insert((*i)[2]);
  return names;
}

std::vector<const CLI::App*> commands_of(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App*) { return true; });
}

std::string path_of(const CLI::App& app) {
  return app.get_parent() == nullptr ? app.get_name() : path_of(*app.get_parent()) + " " + app.get_name();
}

void visit(const CLI::App& app, const std::function<void(const CLI::App&)>& f) {
  f(app);
  for (const CLI::App* sub : commands_of(app)) visit(*sub, f);
}

// "--name" of each option with a long name, without the --help that every command has.
Names own_options(const CLI::App& app) {
  Names names;
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_positional() || (app.get_parent() != nullptr && option == app.get_help_ptr())) continue;
    for (const std::string& name : option->get_lnames()) names.insert("--" + name);
  }
  return names;
}

Names with_globals(OptionTree& tree, const CLI::App& app) {
  Names names = own_options(app);
  names.merge(own_options(tree.app()));
  return names;
}

Names all_options(OptionTree& tree) {
  Names names;
  visit(tree.app(), [&](const CLI::App& app) { names.merge(own_options(app)); });
  return names;
}

Names names_of_commands(const CLI::App& app) {
  Names names;
  for (const CLI::App* sub : commands_of(app)) names.insert(sub->get_name());
  return names;
}

Names choices_of(const OptionTree& tree, const CLI::Option* option) {
  const auto* choices = tree.choices(option);
  return choices == nullptr ? Names() : Names(choices->begin(), choices->end());
}

// A page's text as it reads, without escapes; lines keep their macros.
std::string read_page(const std::string& name) {
  return std::regex_replace(read_source("man/" + name + ".1"), std::regex(R"(\\-)"), "-");
}

// The options that have an entry of their own under OPTIONS.
Names documented_in(const std::string& page) {
  const std::size_t begin = page.find("\n.SH OPTIONS\n");
  REQUIRE(begin != std::string::npos);
  const std::string section = page.substr(begin + 1, page.find("\n.SH ", begin + 1) - begin);
  static const std::regex entry("\n\\.TP\n(.*)\n");
  Names names;
  for (std::sregex_iterator i(section.begin(), section.end(), entry), end; i != end; ++i)
    names.merge(mentioned_in((*i)[1]));
  return names;
}

// What bash offers for the words so far; the last one may be empty.
Names bash_offers(const std::vector<std::string>& words) {
  std::string script = "source \"" PITRCTL_SOURCE_DIR "/completions/pitrctl.bash\"; COMP_WORDS=(";
  for (const std::string& word : words) script += "\"" + word + "\" ";
  script += "); COMP_CWORD=" + std::to_string(words.size() - 1) +
            "; _pitrctl; printf \"%s\\n\" \"${COMPREPLY[@]}\"";
  Names offers = lines_of(output_of("bash --norc -c '" + script + "' 2>/dev/null"));
  offers.erase("");
  return offers;
}

Names fish_offers(const std::string& line) {
  return lines_of(output_of("fish --no-config -c 'source \"" PITRCTL_SOURCE_DIR
                            "/completions/pitrctl.fish\"; complete -C \"" +
                            line + "\"' 2>/dev/null"));
}

std::vector<std::string> words_of(const std::string& line) {
  std::istringstream input(line);
  return {std::istream_iterator<std::string>(input), {}};
}

Names with_short_globals(Names names) {
  names.merge(Names{"-r", "-q", "-v", "-j", "-h"});
  return names;
}

}  // namespace

TEST_CASE("help names every option and every command") {
  OptionTree tree;
  visit(tree.app(), [&](const CLI::App& app) {
    CAPTURE(path_of(app));
    const std::string help = app.help();
    Names options = with_globals(tree, app);
    const Names mentioned = mentioned_in(help);
    for (const std::string& name : options) CHECK_MESSAGE(mentioned.contains(name), name);
    const Names known = all_options(tree);
    for (const std::string& name : mentioned) CHECK_MESSAGE(known.contains(name), name);
    for (const std::string& name : names_of_commands(app))
      CHECK(help.find("\n  " + name + " ") != std::string::npos);
  });
}

TEST_CASE("the manual page of each command documents its options and no others") {
  OptionTree tree;
  CHECK(documented_in(read_page("pitrctl")) == own_options(tree.app()));
  for (const CLI::App* app : commands_of(tree.app())) {
    CAPTURE(app->get_name());
    Names options;
    visit(*app, [&](const CLI::App& sub) { options.merge(own_options(sub)); });
    const std::string page = read_page("pitrctl-" + app->get_name());
    if (!options.empty()) CHECK(documented_in(page) == options);
    const Names known = all_options(tree);
    for (const std::string& name : mentioned_in(page)) CHECK_MESSAGE(known.contains(name), name);
    for (const std::string& name : names_of_commands(*app))
      CHECK(page.find("\n.B " + name + "\n") != std::string::npos);
  }
}

TEST_CASE("manual pages name every command and every value to choose from") {
  OptionTree tree;
  const std::string page = read_page("pitrctl");
  for (const std::string& name : names_of_commands(tree.app()))
    CHECK(page.find("\n.B " + name + "\n") != std::string::npos);
  for (const CLI::App* app : commands_of(tree.app())) {
    const std::string text = read_page("pitrctl-" + app->get_name());
    for (const CLI::Option* option : app->get_options()) {
      for (const std::string& value : choices_of(tree, option)) {
        CHECK_MESSAGE(std::regex_search(text, std::regex("\n\\.BR? " + value + "[ \n]")), value);
      }
    }
  }
}

TEST_CASE("bash completes commands, options and values exactly") {
  OptionTree tree;
  visit(tree.app(), [&](const CLI::App& app) {
    CAPTURE(path_of(app));
    std::vector<std::string> words = words_of(path_of(app));
    words.emplace_back("-");
    CHECK(bash_offers(words) == with_short_globals(with_globals(tree, app)));
    words.back() = "";
    if (!commands_of(app).empty()) CHECK(bash_offers(words) == names_of_commands(app));
    for (const CLI::Option* option : app.get_options()) {
      const Names choices = choices_of(tree, option);
      if (choices.empty()) continue;
      std::vector<std::string> line = words;
      if (!option->get_positional()) line.insert(line.end() - 1, "--" + option->get_lnames().front());
      CHECK(bash_offers(line) == choices);
    }
  });
}

TEST_CASE("bash completes what follows global options, and files where a database stands") {
  CHECK(bash_offers({"pitrctl", "--repo", "archive", "-q", "restore-point", "d"}) == Names{"delete"});
  CHECK(bash_offers({"pitrctl", "--repo", "=", "/x", "validate", "--level", "=", "c"}) ==
        Names{"chain", "checksums"});
  const std::string folder = PITRCTL_SOURCE_DIR "/completions/";
  CHECK(bash_offers({"pitrctl", "archive", folder + "_p"}) == Names{folder + "_pitrctl"});
  CHECK(bash_offers({"pitrctl", "restore-point", "create", "name", folder + "_p"}) ==
        Names{folder + "_pitrctl"});
  CHECK(bash_offers({"pitrctl", "--repo", PITRCTL_SOURCE_DIR "/comp"}) ==
        Names{PITRCTL_SOURCE_DIR "/completions"});
}

TEST_CASE("fish completes commands, options and values exactly") {
  if (!installed("fish")) return;
  OptionTree tree;
  visit(tree.app(), [&](const CLI::App& app) {
    const std::string path = path_of(app);
    CAPTURE(path);
    CHECK(fish_offers(path + " --") == with_globals(tree, app));
    if (!commands_of(app).empty()) CHECK(fish_offers(path + " ") == names_of_commands(app));
    for (const CLI::Option* option : app.get_options()) {
      const Names choices = choices_of(tree, option);
      if (choices.empty()) continue;
      const std::string before = option->get_positional() ? " " : " --" + option->get_lnames().front() + " ";
      CHECK(fish_offers(path + before) == choices);
    }
  });
}

TEST_CASE("zsh's completion names every command, option and value, and no option that does not exist") {
  OptionTree tree;
  const std::string text = read_source("completions/_pitrctl");
  CHECK(mentioned_in(text) == all_options(tree));
  visit(tree.app(), [&](const CLI::App& app) {
    for (const std::string& name : names_of_commands(app))
      CHECK(text.find("'" + name + ":") != std::string::npos);
    for (const CLI::Option* option : app.get_options()) {
      const auto* choices = tree.choices(option);
      if (choices == nullptr) continue;
      std::string list;
      for (const std::string& value : *choices) list += (list.empty() ? "" : " ") + value;
      CHECK_MESSAGE(text.find("(" + list + ")'") != std::string::npos, list);
    }
  });
}

TEST_CASE("the completions are well-formed for their shells") {
  const auto check = [](const std::string& shell, const std::string& file) {
    if (!installed(shell)) return;
    CHECK(output_of(shell + " -n \"" PITRCTL_SOURCE_DIR "/completions/" + file + "\" 2>&1 || echo failed")
              .empty());
  };
  check("bash", "pitrctl.bash");
  check("zsh", "_pitrctl");
  check("fish", "pitrctl.fish");
}

TEST_CASE("the manual pages are clean") {
  OptionTree tree;
  Names pages = names_of_commands(tree.app());
  const bool mandoc = installed("mandoc");
  const bool groff = installed("groff");
  const auto check = [&](const std::string& page) {
    const std::string file = "\"" PITRCTL_SOURCE_DIR "/man/" + page + "\"";
    if (mandoc) CHECK(output_of("mandoc -T lint -W warning " + file + " 2>&1").empty());
    if (groff) CHECK(output_of("groff -man -ww -z " + file + " 2>&1").empty());
  };
  check("pitrctl.1");
  check("pitrctl-repository.5");
  for (const std::string& page : pages) check("pitrctl-" + page + ".1");
}
