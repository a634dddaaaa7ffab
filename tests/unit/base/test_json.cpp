#include "base/json.hpp"
#include "support/caught.hpp"

#include <cmath>

using namespace pitr;
using namespace pitr::test;

namespace {

Errc code_of_parsing(std::string_view text) {
  return caught([&] { (void)parse_json(text, "here"); }).code();
}

std::string nested(std::size_t levels) { return std::string(levels, '[') + std::string(levels, ']'); }

}  // namespace

TEST_CASE("a value keeps its members in order, and its numbers exactly") {
  const std::string text = R"({"z":1,"a":[true,null,"x",{"n":18446744073709551615}],"m":-3,"e":{},"f":0.5})";
  const Json json = parse_json(text, "here");
  CHECK(json.dump() == text);
  CHECK(json["a"][3]["n"].get<std::uint64_t>() == 18'446'744'073'709'551'615U);
}

TEST_CASE("what is not one JSON value is corrupt") {
  using namespace std::string_view_literals;
  for (const std::string_view text : {""sv,           " "sv,
                                      "{"sv,          "{}{}"sv,
                                      "{}x"sv,        "[1,]"sv,
                                      "{\"a\":1,}"sv, "{a:1}"sv,
                                      "nul"sv,        "01"sv,
                                      "+1"sv,         "1."sv,
                                      "\"a"sv,        "\"\x01\""sv,
                                      "\"\xFF\""sv,   "'a'"sv,
                                      "NaN"sv,        "// x\n1"sv,
                                      "{}\0"sv,       "{}\0garbage"sv,
                                      "\0{}"sv,       "\xEF\xBB\xBF{}"sv,
                                      "1e999"sv,      "\"\\ud800\""sv}) {
    CAPTURE(text);
    CHECK(code_of_parsing(text) == Errc::corrupt);
  }
}

TEST_CASE("errors name what was parsed") {
  CHECK(contains(caught([] { (void)parse_json("{", "pitr.json"); }).what(), "pitr.json"));
}

TEST_CASE("a key given twice is corrupt, at any depth") {
  CHECK(code_of_parsing(R"({"a":1,"a":1})") == Errc::corrupt);
  CHECK(code_of_parsing(R"({"b":[{"a":1,"c":{},"a":2}]})") == Errc::corrupt);
  CHECK(code_of_parsing(R"({"a":1,"\u0061":1})") == Errc::corrupt);
  CHECK_NOTHROW((void)parse_json(R"({"a":{"a":{"a":1}},"b":[{"a":1},{"a":1}]})", "here"));
}

TEST_CASE("values are nested 32 levels deep at most") {
  CHECK_NOTHROW((void)parse_json(nested(32), "here"));
  CHECK(code_of_parsing(nested(33)) == Errc::corrupt);
  CHECK(code_of_parsing(std::string(1'000'000, '[')) == Errc::corrupt);
  CHECK(code_of_parsing(nested(32).replace(31, 2, "[{}]")) == Errc::corrupt);
}

TEST_CASE("an object of absurdly many members is refused before it costs much") {
  std::string text = "{";
  for (int i = 0; i < 100'000; ++i) text += "\"" + std::to_string(i) + "\":0,";
  CHECK(code_of_parsing(text + "\"x\":0}") == Errc::corrupt);
}

TEST_CASE("only whole numbers from 0 to 2^64-1 are a u64") {
  const Json json = parse_json(
      R"({"max":18446744073709551615,"zero":0,"over":18446744073709551616,"neg":-1,"negzero":-0,"float":1.0,)"
      R"("exp":1e3,"text":"1","null":null,"bool":true})",
      "here");
  const JsonReader reader(json, "here");
  CHECK(reader.u64("max") == 18'446'744'073'709'551'615U);
  CHECK(reader.u64("zero") == 0);
  for (const char* key : {"over", "neg", "negzero", "float", "exp", "text", "null", "bool", "missing"}) {
    CAPTURE(key);
    const Error e = caught([&] { (void)reader.u64(key); });
    CHECK(e.code() == Errc::corrupt);
    CHECK(contains(e.what(), "here"));
    CHECK(contains(e.what(), key));
  }
  CHECK(caught([&] { (void)reader.u32("max"); }).code() == Errc::corrupt);
}

TEST_CASE("members are read as what they are, and as nothing else") {
  const Json json = parse_json(
      R"({"s":"text","b":false,"o":{"n":7},"a":[1],"t":"2026-11-23T10:11:12.000000Z","u":4294967295})",
      "here");
  const JsonReader reader(json, "here");
  CHECK(reader.string("s") == "text");
  CHECK_FALSE(reader.boolean("b"));
  CHECK(reader.object("o").u64("n") == 7);
  CHECK(reader.array("a").size() == 1);
  CHECK(format_time(reader.time("t")) == "2026-11-23T10:11:12.000000Z");
  CHECK(reader.u32("u") == 4'294'967'295U);
  CHECK(reader.has("s"));
  CHECK_FALSE(reader.has("x"));
  CHECK(caught([&] { (void)reader.string("b"); }).code() == Errc::corrupt);
  CHECK(caught([&] { (void)reader.boolean("s"); }).code() == Errc::corrupt);
  CHECK(caught([&] { (void)reader.object("a"); }).code() == Errc::corrupt);
  CHECK(caught([&] { (void)reader.array("o"); }).code() == Errc::corrupt);
  CHECK(caught([&] { (void)reader.time("s"); }).code() == Errc::corrupt);
  CHECK(caught([&] { (void)reader.member("x"); }).code() == Errc::corrupt);
  CHECK(contains(caught([&] { (void)reader.object("o").u64("x"); }).what(), "here, o: \"x\""));
}

TEST_CASE("null and a missing member are not known, and anything else must fit") {
  const Json json = parse_json(R"({"n":null,"u":5,"s":"text"})", "here");
  const JsonReader reader(json, "here");
  CHECK_FALSE(reader.u64_or_null("n"));
  CHECK_FALSE(reader.u64_or_null("x"));
  CHECK(reader.u64_or_null("u") == 5);
  CHECK_FALSE(reader.string_or_null("n"));
  CHECK(reader.string_or_null("s") == "text");
  CHECK_FALSE(reader.time_or_null("n"));
  CHECK(caught([&] { (void)reader.u64_or_null("s"); }).code() == Errc::corrupt);
  CHECK(caught([&] { (void)reader.string_or_null("u"); }).code() == Errc::corrupt);
  CHECK(caught([&] { (void)reader.time_or_null("s"); }).code() == Errc::corrupt);
}

TEST_CASE("only an object can be read by members") {
  for (const char* text : {"null", "[]", "1", "\"x\""}) {
    const Json json = parse_json(text, "here");
    CHECK(caught([&] { JsonReader(json, "here"); }).code() == Errc::corrupt);
  }
}

TEST_CASE("numbers that the program made itself are read, too") {
  Json json = Json::object();
  json["signed"] = 7;
  json["zero"] = 0;
  json["negative"] = -7;
  const JsonReader reader(json, "here");
  CHECK(reader.u64("signed") == 7);
  CHECK(caught([&] { (void)reader.u64("negative"); }).code() == Errc::corrupt);
}
