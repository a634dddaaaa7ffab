#include "repo/document.hpp"
#include "unit/repo/repo_test.hpp"

namespace pitr {

namespace {

using namespace test;

const Json kObject = {
    {"format", 1}, {"kind", "test"}, {"text", "a \"b\"\n\xc3\xa9"}, {"list", {1, nullptr, true}}};

bool is_refused(const std::string& text) {
  return is_corrupt([&] { open_sealed_json(text, "the text"); });
}

bool is_refused(const MemoryStore& store, Bytes bytes) {
  store.objects()["doc"] = std::move(bytes);
  return is_corrupt([&] { read_document(store, "doc"); });
}

}  // namespace

TEST_CASE("a sealed JSON ends in the hash of what comes before it") {
  const auto text = seal_json({{"a", 1}});
  const auto sum = digest_of(as_bytes(R"({"a":1)")).hex();
  CHECK(text == R"({"a":1,"sum":")" + sum + R"("})");
  CHECK(sum_of(text).hex() == sum);
}

TEST_CASE("a sealed JSON is read back without its sum") {
  const auto opened = open_sealed_json(seal_json(kObject), "the text");
  CHECK(opened.object == kObject);
  CHECK(opened.sum == sum_of(seal_json(kObject)));
}

TEST_CASE("a sealed JSON with any byte changed, added or taken away is corrupt") {
  const auto text = seal_json(kObject);
  for (std::size_t at = 0; at < text.size(); ++at) {
    for (unsigned value = 0; value < 256; ++value) {
      auto changed = text;
      changed[at] = static_cast<char>(value);
      if (changed != text) REQUIRE(is_refused(changed));
      auto longer = text;
      longer.insert(at, 1, static_cast<char>(value));
      REQUIRE(is_refused(longer));
    }
    auto shorter = text;
    shorter.erase(at, 1);
    REQUIRE(is_refused(shorter));
    REQUIRE(is_refused(text.substr(0, at)));
  }
  for (unsigned value = 0; value < 256; ++value) REQUIRE(is_refused(text + static_cast<char>(value)));
}

TEST_CASE("bytes with a right sum that are not a line of JSON are corrupt") {
  for (const std::string body :
       {"{\"a\":", "{\"a\":1,\n\"b\":2", "{\"a\":1,\"a\":2", "[1", "{\"sum\":\"x\"", "{", "{\"a\":1}"}) {
    INFO(body);
    CHECK(is_refused(body + ",\"sum\":\"" + digest_of(as_bytes(body)).hex() + "\"}"));
  }
}

TEST_CASE("only objects with members, and none of them a sum, are sealed") {
  for (const Json& json : {Json::object(), Json::array({1}), Json("text"), Json{{"a", 1}, {"sum", "x"}}}) {
    CHECK(caught([&] { seal_json(json); }).code() == Errc::internal);
  }
}

TEST_CASE("text that is not UTF-8 is not sealed") {
  CHECK(caught([] { seal_json({{"path", "\xff"}}); }).code() == Errc::usage);
}

TEST_CASE("a document is its sealed JSON and a newline") {
  MemoryStore store;
  REQUIRE(create_document(store, "doc", kObject));
  CHECK(as_text(store.objects()["doc"]) == seal_json(kObject) + '\n');
  CHECK(read_document(store, "doc") == kObject);
}

TEST_CASE("a document is never replaced") {
  MemoryStore store;
  REQUIRE(create_document(store, "doc", kObject));
  CHECK_FALSE(create_document(store, "doc", {{"a", 1}}));
  CHECK(read_document(store, "doc") == kObject);
}

TEST_CASE("a document that is not there is nothing") { CHECK_FALSE(read_document(MemoryStore(), "doc")); }

TEST_CASE("a document with any byte changed, added or taken away is corrupt") {
  MemoryStore store;
  REQUIRE(create_document(store, "doc", kObject));
  const auto bytes = store.objects()["doc"];
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    for (unsigned by = 1; by < 256; ++by) REQUIRE(is_refused(store, flipped(bytes, at, by)));
    REQUIRE(is_refused(store, without(bytes, at)));
    REQUIRE(is_refused(store, with(bytes, at, ' ')));
    REQUIRE(is_refused(store, with(bytes, at, '\n')));
    REQUIRE(is_refused(store, cut(bytes, at)));
  }
  for (unsigned byte = 0; byte < 256; ++byte) REQUIRE(is_refused(store, with(bytes, bytes.size(), byte)));
}

TEST_CASE("a document that is too long is neither written nor read whole") {
  MemoryStore store;
  const Json large = {{"text", std::string(kMaxDocumentSize, 'x')}};
  CHECK(caught([&] { static_cast<void>(create_document(store, "doc", large)); }).code() == Errc::usage);
  CHECK(store.objects().empty());
  store.objects()["doc"] = bytes_of(seal_json(large) + '\n');
  CHECK(is_corrupt([&] { read_document(store, "doc"); }));
  CHECK(store.reads().back().length == kMaxDocumentSize + 1);
}

}  // namespace pitr
