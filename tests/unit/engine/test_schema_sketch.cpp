#include "engine/sqlite/schema_sketch.hpp"
#include "support/caught.hpp"

#include <string>

namespace pitr::sqlite {
namespace {

SchemaSketch of_tables(int from, int to) {
  SchemaSketch sketch;
  for (int i = from; i < to; ++i) {
    const std::string name = "t" + std::to_string(i);
    sketch.add("table", name, "CREATE TABLE " + name + "(x)");
  }
  return sketch;
}

TEST_CASE("schemas that share an object may be of one database") {
  CHECK(of_tables(0, 3).may_be_same(of_tables(2, 5)));
  CHECK_FALSE(of_tables(0, 3).may_be_same(of_tables(3, 6)));
}

TEST_CASE("a schema without objects may have become any") {
  CHECK(SchemaSketch().may_be_same(of_tables(0, 3)));
  CHECK(of_tables(0, 3).may_be_same(SchemaSketch()));
}

TEST_CASE("large schemas that differ a little are still known") {
  CHECK(of_tables(0, 1000).may_be_same(of_tables(100, 1100)));
  CHECK_FALSE(of_tables(0, 1000).may_be_same(of_tables(1000, 2000)));
}

TEST_CASE("the order of objects does not count, nor do SQLite's own") {
  SchemaSketch a;
  a.add("table", "t", "CREATE TABLE t(x)");
  a.add("index", "i", "CREATE INDEX i ON t(x)");
  SchemaSketch b;
  b.add("index", "i", "CREATE INDEX i ON t(x)");
  b.add("table", "sqlite_stat1", "CREATE TABLE sqlite_stat1(tbl,idx,stat)");
  b.add("table", "t", "CREATE TABLE t(x)");
  CHECK(a == b);
}

TEST_CASE("an object that changed is another") {
  SchemaSketch a;
  a.add("table", "t", "CREATE TABLE t(x)");
  SchemaSketch b;
  b.add("table", "t", "CREATE TABLE t(x, y)");
  CHECK_FALSE(a.may_be_same(b));
}

TEST_CASE("a sample is bounded and read back as it was written") {
  for (const int tables : {0, 1, 31, 32, 33, 1000}) {
    CAPTURE(tables);
    const SchemaSketch sketch = of_tables(0, tables);
    Json json;
    json["schema"] = sketch.to_json();
    CHECK(json["schema"].size() <= SchemaSketch::kMost);
    CHECK(SchemaSketch::from_json(JsonReader(json, "x"), "schema") == sketch);
  }
}

}  // namespace
}  // namespace pitr::sqlite
