#include "cmd/config_file.hpp"

#include "base/error.hpp"

#include <algorithm>
#include <cctype>
#include <set>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace pitr::cmd {

namespace {

// A longer line is no configuration, and would be read into memory whole.
constexpr std::size_t kLongestLine = 65'536;

bool is_key_char(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_'; }

// One line, read from left to right.
class LineReader {
 public:
  LineReader(std::string_view line, const std::string& file, std::size_t number)
      : rest_(line), file_(file), number_(number) {}

  [[noreturn]] void fail(const std::string& problem) const {
    throw Error(
        Errc::usage, fmt::format("{}:{}: {}", file_, number_, problem),
        "a configuration file holds lines such as repo = \"/backup/orders\" and jobs = 4; see pitrctl(1)");
  }

  void skip_space() {
    while (!rest_.empty() && (rest_.front() == ' ' || rest_.front() == '\t')) rest_.remove_prefix(1);
  }

  [[nodiscard]] bool at_end() {
    skip_space();
    return rest_.empty() || rest_.front() == '#';
  }

  [[nodiscard]] bool take(char c) {
    skip_space();
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }

  std::string key() {
    skip_space();
    const auto end = std::find_if_not(rest_.begin(), rest_.end(), is_key_char);
    std::string found(rest_.begin(), end);
    if (found.empty()) fail("expected the name of an option");
    rest_.remove_prefix(found.size());
    return found;
  }

  std::vector<std::string> section() {
    std::vector<std::string> parts{key()};
    while (take('.')) parts.push_back(key());
    if (!take(']')) fail("a section begins with a line such as [restore]");
    return parts;
  }

  void value(ConfigEntry& entry) {
    skip_space();
    if (rest_.empty()) fail(fmt::format("{} has no value", entry.key));
    if (rest_.front() == '"') {
      entry.value = basic_string();
    } else if (rest_.front() == '\'') {
      entry.value = literal_string();
    } else {
      bare_value(entry);
    }
  }

 private:
  std::string basic_string() {
    rest_.remove_prefix(1);
    std::string text;
    while (!rest_.empty() && rest_.front() != '"') {
      text += rest_.front() == '\\' ? escaped() : rest_.front();
      rest_.remove_prefix(1);
    }
    if (rest_.empty()) fail("a string has no closing quote");
    rest_.remove_prefix(1);
    return text;
  }

  char escaped() {
    static constexpr std::string_view kNames = "\"\\nt";
    static constexpr std::string_view kMeanings = "\"\\\n\t";
    rest_.remove_prefix(1);
    const std::size_t at = rest_.empty() ? std::string_view::npos : kNames.find(rest_.front());
    if (at == std::string_view::npos) {
      fail(R"(only \" \\ \n and \t can be escaped; a 'literal' string needs no escapes)");
    }
    return kMeanings[at];
  }

  std::string literal_string() {
    const std::size_t end = rest_.find('\'', 1);
    if (end == std::string_view::npos) fail("a string has no closing quote");
    std::string text(rest_.substr(1, end - 1));
    rest_.remove_prefix(end + 1);
    return text;
  }

  void bare_value(ConfigEntry& entry) {
    const std::size_t end = std::min(rest_.find_first_of(" \t#"), rest_.size());
    entry.value = std::string(rest_.substr(0, end));
    rest_.remove_prefix(end);
    if (entry.value == "true" || entry.value == "false") {
      entry.kind = ConfigEntry::Kind::boolean;
      return;
    }
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    if (entry.value.empty() || !std::all_of(entry.value.begin(), entry.value.end(), is_digit)) {
      fail(fmt::format("{} is neither a string in quotes, a whole number, true nor false", entry.value));
    }
    entry.kind = ConfigEntry::Kind::integer;
  }

  std::string_view rest_;
  const std::string& file_;
  std::size_t number_;
};

}  // namespace

std::string ConfigEntry::full_name() const {
  return section.empty() ? key : fmt::format("{}.{}", fmt::join(section, "."), key);
}

std::vector<ConfigEntry> read_config(std::istream& input, const std::string& file) {
  std::vector<ConfigEntry> entries;
  std::set<std::string> seen;
  std::vector<std::string> section;
  std::string line;
  for (std::size_t number = 1; std::getline(input, line); ++number) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    LineReader reader(line, file, number);
    if (line.size() > kLongestLine) reader.fail("the line is too long");
    if (reader.at_end()) continue;
    if (reader.take('[')) {
      section = reader.section();
    } else {
      ConfigEntry entry{section, reader.key(), {}, ConfigEntry::Kind::string, number};
      if (!reader.take('=')) reader.fail(fmt::format("expected '=' after {}", entry.key));
      reader.value(entry);
      if (!seen.insert(entry.full_name()).second)
        reader.fail(fmt::format("{} is given twice", entry.full_name()));
      entries.push_back(std::move(entry));
    }
    if (!reader.at_end()) reader.fail("there is something after the end of the value");
  }
  if (input.bad()) throw Error(Errc::io_error, fmt::format("cannot read {}", file));
  return entries;
}

}  // namespace pitr::cmd
