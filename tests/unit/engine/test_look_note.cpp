#include "engine/sqlite/look_note.hpp"
#include "engine_test.hpp"

namespace pitr::sqlite {
namespace {

constexpr std::int64_t kMs = 1'000'000;
constexpr std::int64_t kSecond = 1000 * kMs;

Timestamp at(std::int64_t ns) { return {ns / 1000}; }

TEST_CASE("a note is read back for the state it speaks of") {
  const test::TempDir directory;
  const fs::path path = directory / "look";
  CHECK_FALSE(read_look_note(path, "state"));
  write_look_note(path, {"state", {1'700'000'000'123'456}, FileState{1, 2, 3, 4}});
  const auto note = read_look_note(path, "state");
  REQUIRE(note);
  CHECK(note->from == Timestamp{1'700'000'000'123'456});
  CHECK(note->file == FileState{1, 2, 3, 4});
  CHECK_FALSE(read_look_note(path, "other"));
}

TEST_CASE("a note may say nothing of the file") {
  const test::TempDir directory;
  write_look_note(directory / "look", {"state", {5}, {}});
  const auto note = read_look_note(directory / "look", "state");
  REQUIRE(note);
  CHECK_FALSE(note->file);
}

TEST_CASE("a note that is damaged says nothing") {
  const test::TempDir directory;
  const fs::path path = directory / "look";
  write_look_note(path, {"state", {5}, FileState{1, 2, 3, 4}});
  const Bytes good = read_whole_file(path);
  for (std::size_t size = 0; size + 2 < good.size(); ++size) {
    CAPTURE(size);
    test::write_file(path, ByteView(good).first(size));
    CHECK_FALSE(read_look_note(path, "state"));
  }
  for (const char* text :
       {"[]", "{\"link\":\"state\",\"from\":\"yesterday\"}",
        "{\"link\":\"state\",\"from\":\"2026-11-23T10:11:12.000000Z\",\"file\":{\"inode\":1}}"}) {
    CAPTURE(text);
    test::write_file(path, as_bytes(text));
    CHECK_FALSE(read_look_note(path, "state"));
  }
}

TEST_CASE("a file's state changes when it is written to, replaced or cut") {
  const test::TempDir directory;
  const fs::path path = directory / "file";
  test::write_file(path, as_bytes("12345"));
  const FileState before = file_state(path);
  CHECK(before == file_state(path));
  CHECK(before.size == 5);
  truncate_file(open_file(path, O_WRONLY).get(), 4, path);
  CHECK(file_state(path) != before);
  CHECK(test::caught([&] { file_state(directory / "none"); }).code() == Errc::io_error);
}

TEST_CASE("a file written just before the look could be written again unseen") {
  const std::int64_t written = 1'000 * kSecond + 123;
  const FileState state{1, 2, written, written};
  CHECK_FALSE(is_proof(state, at(written)));
  CHECK_FALSE(is_proof(state, at(written + 15 * kMs)));
  CHECK(is_proof(state, at(written + 25 * kMs)));
}

TEST_CASE("both times of a file count") {
  const std::int64_t look = 1'000 * kSecond;
  CHECK(is_proof({1, 2, look - kSecond + 1, look - kSecond + 1}, at(look)));
  CHECK_FALSE(is_proof({1, 2, look - kSecond + 1, look - kMs}, at(look)));
  CHECK_FALSE(is_proof({1, 2, look - kMs, look - kSecond + 1}, at(look)));
}

TEST_CASE("a file system that keeps whole seconds needs more time between") {
  const std::int64_t written = 1'000 * kSecond;
  const FileState state{1, 2, written, written};
  CHECK_FALSE(is_proof(state, at(written + 2 * kSecond)));
  CHECK(is_proof(state, at(written + 4 * kSecond)));
}

TEST_CASE("times in the future prove nothing") {
  const std::int64_t look = 1'000 * kSecond;
  CHECK_FALSE(is_proof({1, 2, look + kSecond, look + kSecond}, at(look)));
}

}  // namespace
}  // namespace pitr::sqlite
