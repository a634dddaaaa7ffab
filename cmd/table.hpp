#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace pitr::cmd {

// Columns that line up, under a line of titles.
class Table {
 public:
  enum class Align { left, right };
  struct Column {
    std::string title;
    Align align = Align::left;
  };

  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  // One cell for each column.
  void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  [[nodiscard]] bool empty() const { return rows_.empty(); }
  // Every line begins with `indent` spaces. No spaces at the end of a line.
  [[nodiscard]] std::string text(std::size_t indent = 0) const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

// Columns a terminal needs for UTF-8 text of ordinary (not wide, not combining) characters.
std::size_t columns_of(std::string_view text);

}  // namespace pitr::cmd
