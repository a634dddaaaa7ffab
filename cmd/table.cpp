#include "cmd/table.hpp"

#include "cmd/human.hpp"

#include <algorithm>

namespace pitr::cmd {

std::size_t columns_of(std::string_view text) {
  const auto begins_character = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; };
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), begins_character));
}

std::string Table::text(std::size_t indent) const {
  std::vector<std::vector<std::string>> lines;
  std::vector<std::string> titles;
  for (const Column& column : columns_) titles.push_back(column.title);
  lines.push_back(std::move(titles));
  for (const auto& row : rows_) {
    auto& line = lines.emplace_back();
    for (const std::string& cell : row) line.push_back(printable(cell));
  }
  std::vector<std::size_t> widths(columns_.size());
  for (const auto& line : lines) {
    for (std::size_t i = 0; i < widths.size(); ++i) widths[i] = std::max(widths[i], columns_of(line[i]));
  }
  std::string out;
  for (const auto& line : lines) {
    std::string written(indent, ' ');
    for (std::size_t i = 0; i < widths.size(); ++i) {
      const std::string padding(widths[i] - columns_of(line[i]), ' ');
      written += columns_[i].align == Align::left ? line[i] + padding : padding + line[i];
      written += "  ";
    }
    written.erase(written.find_last_not_of(' ') + 1);
    out += written + "\n";
  }
  return out;
}

}  // namespace pitr::cmd
