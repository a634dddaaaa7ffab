#include "cmd/drawing.hpp"
#include "cmd/table.hpp"
#include "unit/cmd/samples.hpp"

#include <sstream>

#include <doctest/doctest.h>

using namespace pitr;
using namespace pitr::cmd;
using namespace pitr::cmd::test;

TEST_CASE("a timeline is drawn with all that lies on it") {
  CHECK(draw_timeline(sample_inventory(), {1}, {62, false}) ==
        "  S                             S        R                   R\n"
        "  =========~~~=========.........==============================\n"
        "  2026-11-23 10:00:00Z                    2026-11-23 11:00:00Z\n"
        "  = recoverable  ~ bridge  . gap  S snapshot  R restore point\n");
}

TEST_CASE("UTF-8 terminals get block characters of the same width") {
  std::istringstream ascii(draw_timeline(sample_inventory(), {1}, {100, false}));
  std::istringstream blocks(draw_timeline(sample_inventory(), {1}, {100, true}));
  std::string expected;
  for (std::string line; std::getline(blocks, line);) {
    REQUIRE(std::getline(ascii, expected));
    CHECK(columns_of(line) == columns_of(expected));
    CHECK(columns_of(line) <= 100);
  }
}

TEST_CASE("what is too short to see is drawn all the same") {
  Inventory inventory = sample_inventory();
  inventory.survey.gaps.front().start = point(100, 20, 12);
  inventory.survey.gaps.front().end = point(101, 20, 13);
  inventory.survey.windows[1].start = point(101, 20, 13);
  const std::string drawing = draw_timeline(inventory, {1}, {62, false});
  CHECK(drawing.find("=.=") != std::string::npos);
  CHECK(drawing.find(". gap") != std::string::npos);
}

TEST_CASE("without times a timeline is drawn by LSN") {
  Inventory inventory = sample_inventory();
  inventory.survey.windows[0].start.time.reset();
  CHECK(draw_timeline(inventory, {1}, {62, false}).find("LSN 0 ") != std::string::npos);
}

TEST_CASE("a single point and a conflict can be drawn") {
  Inventory inventory = sample_inventory();
  inventory.survey.windows[2].end = inventory.survey.windows[2].start;
  CHECK(draw_timeline(inventory, {2}, {62, false}) ==
        "  !\n"
        "  =\n"
        "  2026-11-23 10:45:00Z\n"
        "  = recoverable  ! conflict\n");
}

TEST_CASE("several marks in one place become one sign") {
  Inventory inventory = sample_inventory();
  inventory.catalogue.restore_points.front().point = inventory.catalogue.snapshots.front().point;
  const std::string drawing = draw_timeline(inventory, {1}, {62, false});
  CHECK(drawing.starts_with("  +"));
  CHECK(drawing.find("+ several") != std::string::npos);
}

TEST_CASE("nothing to restore is nothing to draw") {
  CHECK(draw_timeline(sample_inventory(), {7}, {62, false}).empty());
}

TEST_CASE("any width of a terminal will do") {
  for (const std::size_t width : {0U, 1U, 40U, 80U, 5000U}) {
    CHECK_FALSE(draw_timeline(sample_inventory(), {1}, {width, true}).empty());
  }
}
