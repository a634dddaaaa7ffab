#include "model/snapshot_manifest.hpp"
#include "support/caught.hpp"
#include "support/json_damage.hpp"
#include "support/manifests.hpp"

#include <functional>

using namespace pitr;
using namespace pitr::test;

namespace {

FileTable small_table() {
  FileTable table;
  SnapshotFile file{"dir/app.db", 2 * kChunkSize + 10, 0640, {}};
  file.chunks.push_back({0, 5, 100, kChunkSize, {1, 2}});
  file.chunks.push_back({std::nullopt, 0, 0, kChunkSize, {}});
  file.chunks.push_back({1, 7, 9, 10, {3, 4}});
  table.files.push_back(file);
  table.files.push_back({"empty", 0, 0600, {}});
  return table;
}

FileTable read(const Json& json) { return file_table_from_json(json, 2, "here"); }

void check_corrupt(const std::function<void(Json&)>& change) {
  Json json = to_json(small_table());
  change(json);
  CHECK(caught([&] { (void)read(json); }).code() == Errc::corrupt);
}

void check_chunk_is_corrupt(const char* chunk) {
  CAPTURE(chunk);
  check_corrupt([&](Json& json) { json["files"][0]["chunks"][0] = parse_json(chunk, "chunk"); });
}

FileTable random_table(Random& random) {
  FileTable table;
  for (std::uint64_t n = between(random, 0, 4); n > 0; --n) {
    SnapshotFile file;
    file.path = "f" + std::to_string(n) + "/x";
    file.size = between(random, 0, 3 * kChunkSize);
    file.mode = static_cast<std::uint32_t>(between(random, 0, 07777));
    for (std::uint64_t at = 0; at < file.size; at += kChunkSize) {
      Chunk chunk;
      chunk.size = static_cast<std::uint32_t>(std::min<std::uint64_t>(kChunkSize, file.size - at));
      if (coin(random)) {
        chunk.pack = static_cast<std::uint32_t>(between(random, 0, 1));
        chunk.offset = random() >> 1U;
        chunk.stored_size = static_cast<std::uint32_t>(between(random, 1, kChunkSize));
        chunk.hash = random_digest(random);
      }
      file.chunks.push_back(chunk);
    }
    table.files.push_back(file);
  }
  return table;
}

}  // namespace

TEST_CASE("a file table reads like this") {
  CHECK(to_json(small_table()).dump() ==
        R"({"files":[{"path":"dir/app.db","size":524298,"mode":416,"chunks":[)"
        R"([0,5,100,"00000000000000010000000000000002"],0,[1,7,9,"00000000000000030000000000000004"]]},)"
        R"({"path":"empty","size":0,"mode":384,"chunks":[]}]})");
}

TEST_CASE("any file table is read back as it was stored") {
  Random random(test_seed());
  for (int i = 0; i < 200; ++i) {
    const FileTable table = random_table(random);
    const FileTable back = read(parse_json(to_json(table).dump(), "here"));
    REQUIRE(back.files.size() == table.files.size());
    for (std::size_t f = 0; f < table.files.size(); ++f) {
      CHECK(back.files[f].path == table.files[f].path);
      CHECK(back.files[f].size == table.files[f].size);
      CHECK(back.files[f].mode == table.files[f].mode);
      REQUIRE(back.files[f].chunks.size() == table.files[f].chunks.size());
      for (std::size_t c = 0; c < table.files[f].chunks.size(); ++c) {
        const Chunk& expected = table.files[f].chunks[c];
        const Chunk& chunk = back.files[f].chunks[c];
        CHECK(chunk.pack == expected.pack);
        CHECK(chunk.offset == expected.offset);
        CHECK(chunk.stored_size == expected.stored_size);
        CHECK(chunk.size == expected.size);
        CHECK(chunk.hash == expected.hash);
      }
    }
  }
}

TEST_CASE("a damaged file table is corrupt, whatever the damage") {
  check_damage(to_json(small_table()), {}, {}, [](const Json& json) { (void)read(json); });
}

TEST_CASE("paths stay in the restored directory, each once") {
  for (const char* path : {"", "/etc/passwd", "../x", "a/../../x", "a//b", "a/", "./a"}) {
    CAPTURE(path);
    check_corrupt([&](Json& json) { json["files"][0]["path"] = path; });
  }
  check_corrupt([](Json& json) { json["files"][0]["path"] = std::string("a\0b", 3); });
  check_corrupt([](Json& json) { json["files"][0]["path"] = "empty"; });
  check_corrupt([](Json& json) { json["files"][0]["path"] = "empty/below"; });
  check_corrupt([](Json& json) { json["files"][1]["path"] = "dir"; });
}

TEST_CASE("sizes, modes and numbers of chunks agree") {
  check_corrupt([](Json& json) { json["files"][0]["size"] = 2 * kChunkSize; });
  check_corrupt([](Json& json) { json["files"][0]["size"] = 3 * kChunkSize + 1; });
  check_corrupt([](Json& json) { json["files"][0]["size"] = 18'446'744'073'709'551'615U; });
  check_corrupt([](Json& json) { json["files"][1]["size"] = 1U; });
  check_corrupt([](Json& json) { json["files"][0]["mode"] = 010000U; });
  check_corrupt([](Json& json) { json["files"][0]["chunks"].erase(0); });
}

TEST_CASE("a chunk points into a pack that is there, at bytes that can be") {
  check_chunk_is_corrupt(R"([2,5,100,"00000000000000010000000000000002"])");
  check_chunk_is_corrupt(R"([4294967296,5,100,"00000000000000010000000000000002"])");
  check_chunk_is_corrupt(R"([0,18446744073709551615,100,"00000000000000010000000000000002"])");
  check_chunk_is_corrupt(R"([0,5,0,"00000000000000010000000000000002"])");
  check_chunk_is_corrupt(R"([0,5,524289,"00000000000000010000000000000002"])");
  check_chunk_is_corrupt(R"([0,5,-1,"00000000000000010000000000000002"])");
  check_chunk_is_corrupt(R"([0,5,1.0,"00000000000000010000000000000002"])");
  check_chunk_is_corrupt(R"([0,5,100,"0000000000000001000000000000000"])");
  check_chunk_is_corrupt(R"([0,5,100,"0000000000000001000000000000000G"])");
  check_chunk_is_corrupt(R"([0,5,100])");
  check_chunk_is_corrupt(R"([0,5,100,"00000000000000010000000000000002",1])");
  check_chunk_is_corrupt("1");
  check_chunk_is_corrupt("[]");
  check_chunk_is_corrupt("{}");
}

TEST_CASE("a table that could not be read back is not stored") {
  FileTable table = small_table();
  table.files[0].chunks[0].size = 7;
  CHECK(caught([&] { (void)to_json(table); }).code() == Errc::internal);
  table = small_table();
  table.files[0].chunks.pop_back();
  CHECK(caught([&] { (void)to_json(table); }).code() == Errc::internal);
  table = small_table();
  table.files[0].path = "../x";
  CHECK(caught([&] { (void)to_json(table); }).code() == Errc::internal);
}

TEST_CASE("a file name that JSON cannot hold is a usage error") {
  FileTable table = small_table();
  table.files[0].path = "caf\xE9";
  CHECK(caught([&] { (void)to_json(table); }).code() == Errc::usage);
}
