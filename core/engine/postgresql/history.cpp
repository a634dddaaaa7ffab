#include "engine/postgresql/history.hpp"

#include "base/error.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace pitr::postgresql {

namespace {

constexpr std::string_view kBlank = " \t\r";

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

// Takes the first word off a line.
std::string_view take_word(std::string_view& line) {
  const std::string_view word = line.substr(0, line.find_first_of(kBlank));
  line = trimmed(line.substr(word.size()));
  return word;
}

std::optional<Ancestor> parse_line(std::string_view line) {
  const std::string_view number = take_word(line);
  Ancestor ancestor;
  const auto [end, error] =
      std::from_chars(number.data(), number.data() + number.size(), ancestor.timeline.value);
  if (error != std::errc() || end != number.data() + number.size() || ancestor.timeline.value == 0)
    return std::nullopt;
  const auto fork = try_parse_lsn(take_word(line), LsnNotation::hex_pair);
  if (!fork) return std::nullopt;
  ancestor.fork = *fork;
  ancestor.reason = line;
  return ancestor;
}

// A server that recovered along a timeline, but only to a point before that one began, says that it came from
// there nevertheless. It came from the ancestor that the point lies on.
void add(std::vector<Ancestor>& ancestors, Ancestor next) {
  if (ancestors.empty() || ancestors.back().fork <= next.fork) {
    ancestors.push_back(std::move(next));
    return;
  }
  while (ancestors.size() > 1 && ancestors[ancestors.size() - 2].fork >= next.fork) ancestors.pop_back();
  ancestors.back().fork = next.fork;
  ancestors.back().reason = std::move(next.reason);
}

}  // namespace

std::vector<Ancestor> parse_history(std::string_view text, TimelineId timeline, const std::string& what) {
  std::vector<Ancestor> ancestors;
  TimelineId last;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::string_view whole = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), whole.size() + 1));
    const std::string_view line = trimmed(whole);
    if (line.empty() || line.front() == '#') continue;
    auto ancestor = parse_line(line);
    const bool fits = ancestor && ancestor->timeline < timeline && last < ancestor->timeline;
    if (!fits)
      throw Error(Errc::corrupt, fmt::format("{}: line {} does not tell of an ancestor", what, number));
    last = ancestor->timeline;
    add(ancestors, std::move(*ancestor));
  }
  return ancestors;
}

}  // namespace pitr::postgresql
