#include "model/ids.hpp"

#include "base/error.hpp"

#include <charconv>
#include <limits>
#include <system_error>

#include <fmt/format.h>

namespace pitr {
namespace {

// The whole text as a number, without sign or blanks.
template <typename Number>
std::optional<Number> parse_number(std::string_view text, int base) {
  if (text.empty() || text.front() == '-') return std::nullopt;
  Number value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<Lsn> parse_hex_pair(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto high = parse_number<std::uint32_t>(text.substr(0, slash), 16);
  const auto low = parse_number<std::uint32_t>(text.substr(slash + 1), 16);
  if (!high || !low) return std::nullopt;
  return Lsn{(std::uint64_t{*high} << 32U) | *low};
}

}  // namespace

std::string format_lsn(Lsn lsn, LsnNotation notation) {
  if (notation == LsnNotation::decimal) return fmt::format("{}", lsn.value);
  return fmt::format("{:X}/{:X}", lsn.value >> 32U, lsn.value & 0xFFFFFFFFU);
}

std::optional<Lsn> try_parse_lsn(std::string_view text, LsnNotation notation) {
  if (notation == LsnNotation::hex_pair) return parse_hex_pair(text);
  const auto value = parse_number<std::uint64_t>(text, 10);
  if (!value) return std::nullopt;
  return Lsn{*value};
}

Lsn parse_lsn(std::string_view text, LsnNotation notation) {
  if (const auto lsn = try_parse_lsn(text, notation)) return *lsn;
  const std::string_view example = notation == LsnNotation::decimal ? "1234" : "0/16B3740";
  throw Error(Errc::usage, fmt::format("not an LSN: \"{}\"", text), fmt::format("write it as {}", example));
}

Xid parse_xid(std::string_view text) {
  if (const auto value = parse_number<std::uint64_t>(text, 10)) return {*value};
  throw Error(Errc::usage, fmt::format("not a transaction id: \"{}\"", text),
              "write it as a decimal number: 1234");
}

TimelineId parse_timeline(std::string_view text) {
  const auto value = parse_number<std::uint32_t>(text, 10);
  if (value && *value != 0) return {*value};
  throw Error(Errc::usage, fmt::format("not a timeline: \"{}\"", text),
              "write its number, from 1 on; `pitrctl list timelines` shows them");
}

}  // namespace pitr
