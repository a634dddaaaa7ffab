#include "cmd/numbers.hpp"

#include "base/error.hpp"

#include <charconv>

#include <fmt/format.h>

namespace pitr::cmd {

std::uint64_t read_number(std::string_view text, const NumberRange& range) {
  std::uint64_t number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = problem == std::errc() && end == text.data() + text.size();
  if (whole && number >= range.least && number <= range.most) return number;
  const std::string wanted = range.most == UINT64_MAX ? fmt::format("of at least {}", range.least)
                                                      : fmt::format("from {} to {}", range.least, range.most);
  throw Error(Errc::usage, fmt::format("'{}' is not a whole number {}", text, wanted));
}

}  // namespace pitr::cmd
