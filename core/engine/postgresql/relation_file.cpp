#include "engine/postgresql/relation_file.hpp"

#include <charconv>

namespace pitr::postgresql {

namespace {

constexpr std::string_view kDigits = "0123456789";

std::string_view take_number(std::string_view& text) {
  const std::string_view number = text.substr(0, text.find_first_not_of(kDigits));
  text.remove_prefix(number.size());
  return number;
}

bool take(std::string_view& text, char c) {
  if (!text.starts_with(c)) return false;
  text.remove_prefix(1);
  return true;
}

// Segment 0 has no number, and no number begins with 0.
std::optional<std::uint32_t> parse_segment(std::string_view digits) {
  std::uint32_t segment = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), segment);
  if (error != std::errc() || digits.starts_with('0')) return std::nullopt;
  return segment;
}

}  // namespace

std::optional<RelationFile> parse_relation_file(std::string_view name) {
  RelationFile file;
  file.is_temporary = take(name, 't');
  if (file.is_temporary && (take_number(name).empty() || !take(name, '_'))) return std::nullopt;
  file.relation = take_number(name);
  if (file.relation.empty()) return std::nullopt;
  if (take(name, '_')) {
    file.fork = name.substr(0, name.find('.'));
    if (file.fork != "fsm" && file.fork != "vm" && file.fork != "init") return std::nullopt;
    name.remove_prefix(file.fork.size());
  }
  if (take(name, '.')) {
    const auto segment = parse_segment(take_number(name));
    if (!segment) return std::nullopt;
    file.segment = *segment;
  }
  if (!name.empty()) return std::nullopt;
  return file;
}

}  // namespace pitr::postgresql
