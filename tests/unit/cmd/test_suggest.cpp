#include "cmd/suggest.hpp"

#include <doctest/doctest.h>

using pitr::cmd::nearest_word;

TEST_CASE("a misspelling leads to the word that was meant") {
  const std::vector<std::string> words{"archive", "list", "restore", "restore-point", "snapshot", "validate"};
  CHECK(nearest_word("lsit", words) == "list");
  CHECK(nearest_word("restor", words) == "restore");
  CHECK(nearest_word("snapsot", words) == "snapshot");
  CHECK(nearest_word("arch", words) == "archive");
}

TEST_CASE("what resembles nothing leads nowhere") {
  const std::vector<std::string> words{"archive", "list"};
  CHECK(nearest_word("frobnicate", words).empty());
  CHECK(nearest_word("", words).empty());
  CHECK(nearest_word(std::string(100'000, 'x'), words).empty());
}
