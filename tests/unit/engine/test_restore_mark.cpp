#include "base/json.hpp"
#include "engine/restore_mark.hpp"
#include "support/caught.hpp"
#include "support/json_damage.hpp"
#include "support/manifests.hpp"
#include "support/temp_dir.hpp"

#include <fcntl.h>
#include <sys/stat.h>

using namespace pitr;
using namespace pitr::test;

namespace {

RestoreMark some_mark() { return {kRepositoryId, {2}, {17}, "0a1b2c3d", "app.db"}; }

void put(const fs::path& path, std::string_view text) {
  const Fd fd = open_file(path, O_WRONLY | O_CREAT | O_TRUNC);
  write_all(fd.get(), as_bytes(text), path);
}

}  // namespace

TEST_CASE("a mark reads like this") {
  const TempDir dir;
  write_restore_mark(dir.path(), some_mark());
  CHECK(as_text(read_whole_file(dir / kRestoreMarkName)) ==
        R"({"format":1,"kind":"restore_mark","repository":"0123456789abcdef0123456789abcdef","timeline":2,)"
        R"("lsn":"17","restore_id":"0a1b2c3d","file":"app.db"})"
        "\n");
}

TEST_CASE("a mark is read back for the file it speaks of, and for no other") {
  const TempDir dir;
  CHECK_FALSE(read_restore_mark(dir.path(), "app.db"));
  write_restore_mark(dir.path(), some_mark());
  const auto mark = read_restore_mark(dir.path(), "app.db");
  REQUIRE(mark);
  CHECK(mark->repository == kRepositoryId);
  CHECK(mark->timeline == TimelineId{2});
  CHECK(mark->lsn == Lsn{17});
  CHECK(mark->restore_id == "0a1b2c3d");
  CHECK_FALSE(read_restore_mark(dir.path(), "other.db"));
}

TEST_CASE("a later mark replaces the one before") {
  const TempDir dir;
  write_restore_mark(dir.path(), some_mark());
  RestoreMark later = some_mark();
  later.lsn = {18};
  write_restore_mark(dir.path(), later);
  CHECK(read_restore_mark(dir.path(), "app.db")->lsn == Lsn{18});
  CHECK(std::distance(fs::directory_iterator(dir.path()), fs::directory_iterator()) == 1);
}

TEST_CASE("a damaged mark is corrupt, whatever the damage") {
  const TempDir dir;
  write_restore_mark(dir.path(), some_mark());
  const std::string text(as_text(read_whole_file(dir / kRestoreMarkName)));
  const auto read = [&](const Json& json) {
    put(dir / kRestoreMarkName, json.dump());
    (void)read_restore_mark(dir.path(), "app.db");
  };
  check_damage(parse_json(text, "mark"), {}, {}, read);
  for (const std::string& damaged : {std::string(), text.substr(0, text.size() / 2), text + "x",
                                     std::string("[]"), std::string(1'000'000, ' ')}) {
    put(dir / kRestoreMarkName, damaged);
    CHECK(caught([&] { (void)read_restore_mark(dir.path(), "app.db"); }).code() == Errc::corrupt);
  }
}

TEST_CASE("a mark that is no file is corrupt, and does not block") {
  const TempDir dir;
  REQUIRE(::mkfifo((dir / kRestoreMarkName).c_str(), 0600) == 0);
  CHECK(caught([&] { (void)read_restore_mark(dir.path(), "app.db"); }).code() == Errc::corrupt);
}

TEST_CASE("a mark that could not be read back is not written") {
  const TempDir dir;
  for (const char* file : {"", "a/b", "..", "caf\xE9"}) {
    CAPTURE(file);
    RestoreMark mark = some_mark();
    mark.file = file;
    CHECK(caught([&] { write_restore_mark(dir.path(), mark); }).code() == Errc::internal);
  }
  CHECK_FALSE(fs::exists(dir / kRestoreMarkName));
}
