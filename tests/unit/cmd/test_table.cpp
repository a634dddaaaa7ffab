#include "cmd/table.hpp"

#include <doctest/doctest.h>

using pitr::cmd::Table;

TEST_CASE("columns line up, and no line ends in spaces") {
  Table table({{"name"}, {"size", Table::Align::right}, {"note"}});
  table.add({"a", "1", ""});
  table.add({"größer", "1234", "x"});
  CHECK(table.text() ==
        "name    size  note\n"
        "a          1\n"
        "größer  1234  x\n");
  CHECK(table.text(2).starts_with("  name"));
}

TEST_CASE("a cell cannot break the table") {
  Table table({{"name"}});
  table.add({"a\nb"});
  CHECK(table.text() == "name\na\\x0ab\n");
}
