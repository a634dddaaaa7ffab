#include "model/fields.hpp"
#include "support/caught.hpp"

using namespace pitr;
using namespace pitr::test;

TEST_CASE("a relative path stays below where it begins") {
  for (const char* path : {"a", "a/b", "a.b/..c", "...", ".hidden", "a b", "a\\b"}) {
    CAPTURE(path);
    CHECK(is_relative_path(path));
  }
  using namespace std::string_view_literals;
  for (const std::string_view path : {""sv, "/"sv, "/a"sv, "a/"sv, "a//b"sv, "."sv, ".."sv, "../a"sv,
                                      "a/.."sv, "a/../b"sv, "a/./b"sv, "a\0b"sv}) {
    CAPTURE(path);
    CHECK_FALSE(is_relative_path(path));
  }
}

TEST_CASE("a higher format is refused by its number, with what to do") {
  Json json = document_head("thing", "0123456789abcdef0123456789abcdef");
  CHECK(read_document_head(JsonReader(json, "here"), "thing") == "0123456789abcdef0123456789abcdef");
  json["format"] = 2U;
  const Error e = caught([&] { (void)read_document_head(JsonReader(json, "here"), "thing"); });
  CHECK(e.code() == Errc::corrupt);
  CHECK(contains(e.what(), "format 2"));
  CHECK_FALSE(e.hint().empty());
}

TEST_CASE("a document is of the kind asked for, and of a repository") {
  const Json json = document_head("thing", "0123456789abcdef0123456789abcdef");
  CHECK(caught([&] { (void)read_document_head(JsonReader(json, "here"), "other"); }).code() == Errc::corrupt);
  for (const char* id : {"", "0123456789abcdef0123456789abcde", "0123456789ABCDEF0123456789abcdef",
                         "0123456789abcdef0123456789abcdeg"}) {
    CAPTURE(id);
    const Json wrong = document_head("thing", id);
    CHECK(caught([&] { (void)read_document_head(JsonReader(wrong, "here"), "thing"); }).code() ==
          Errc::corrupt);
  }
}

TEST_CASE("an LSN is stored in one form only") {
  for (const char* text : {"00", "01", "+1", "0/1", ""}) {
    CAPTURE(text);
    const Json json = {{"lsn", text}};
    CHECK(caught([&] { (void)read_lsn(JsonReader(json, "here"), "lsn", LsnNotation::decimal); }).code() ==
          Errc::corrupt);
  }
  for (const char* text : {"0/0a", "0/a", "00/A", "10"}) {
    CAPTURE(text);
    const Json json = {{"lsn", text}};
    CHECK(caught([&] { (void)read_lsn(JsonReader(json, "here"), "lsn", LsnNotation::hex_pair); }).code() ==
          Errc::corrupt);
  }
}

TEST_CASE("an engine's name is a lower-case word that is no member of the document") {
  for (const char* name : {"", "SQLite", "a-b", "a b", "a.b"}) {
    CAPTURE(name);
    const Json json = {{"engine", name}};
    CHECK(caught([&] { (void)read_engine(JsonReader(json, "here")); }).code() == Errc::corrupt);
  }
  Json json = {{"engine", "size"}, {"size", Json::object()}};
  constexpr std::string_view kMembers[] = {"engine", "size"};
  CHECK(caught([&] { (void)read_engine_data(JsonReader(json, "here"), kMembers, "size"); }).code() ==
        Errc::corrupt);
  CHECK(caught([&] { put_engine_data(json, "size", Json::object()); }).code() == Errc::internal);
}
