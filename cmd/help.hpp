#pragma once

#include <string>

#include <CLI/App.hpp>

namespace pitr::cmd {

inline constexpr const char* kGlobalGroup = "Global options";

// "pitrctl restore --target-dir DIR [OPTIONS]".
std::string usage_line(const CLI::App& app);

// Help of one command: usage, one sentence, its options by purpose, the global ones, exit statuses and
// examples; no line longer than 80 columns.
class HelpFormatter : public CLI::FormatterBase {
 public:
  std::string make_help(const CLI::App* app, std::string name, CLI::AppFormatMode mode) const override;
};

}  // namespace pitr::cmd
