#include "stores.hpp"
#include "support/caught.hpp"
#include "support/temp_dir.hpp"

#include <fcntl.h>
#include <unistd.h>

using namespace pitr;
using namespace pitr::test;

TEST_CASE("a store is opened by its path or its URL") {
  const TempDir dir;
  fs::create_directory(dir / "my repo%");
  const std::string path = (dir / "my repo%").string();
  REQUIRE(create(*open_store(path, false), "k", "x"));
  const std::string encoded = (dir / "my%20repo%25").string();
  for (const std::string& url : {path, path + "/", "file://" + encoded, "file://localhost" + encoded}) {
    CAPTURE(url);
    const auto store = open_store(url, false);
    CHECK(text_of(*store, "k") == "x");
    CHECK(store->location() == url);
  }
}

TEST_CASE("a relative path keeps its meaning when the working directory changes") {
  const TempDir dir;
  fs::create_directories(dir / "work/repo");
  const fs::path before = fs::current_path();
  fs::current_path(dir / "work");
  const auto store = open_store("repo", false);
  fs::current_path(before);
  CHECK(create(*store, "k", "x"));
  CHECK(fs::exists(dir / "work/repo/k"));
}

TEST_CASE("a missing directory is not found, and made only on demand") {
  const TempDir dir;
  const std::string path = (dir / "a/b").string();
  const Error e = caught([&] { (void)open_store(path, false); });
  CHECK(e.code() == Errc::not_found);
  CHECK(contains(e.what(), path));
  CHECK(contains(e.hint(), "pitrctl init"));
  CHECK_FALSE(fs::exists(dir / "a"));
  CHECK(create(*open_store(path, true), "k", "x"));
  CHECK_NOTHROW((void)open_store(path, true));
  CHECK((fs::status(dir / "a/b").permissions() & 0007) == 0);
}

TEST_CASE("what is not a directory is a usage error") {
  const TempDir dir;
  open_file(dir / "file", O_WRONLY | O_CREAT);
  for (const bool make : {false, true}) {
    CHECK(caught([&] { (void)open_store((dir / "file").string(), make); }).code() == Errc::usage);
    CHECK(caught([&] { (void)open_store((dir / "file/below").string(), make); }).code() == Errc::usage);
  }
}

TEST_CASE("a scheme that is not known is a usage error that names it") {
  for (const char* url :
       {"s3://bucket/prefix", "gs://bucket", "azure://container/x", "http://host/x", "S3://b"}) {
    CAPTURE(url);
    const Error e = caught([&] { (void)open_store(url, false); });
    CHECK(e.code() == Errc::usage);
    CHECK(contains(e.what(), "this build has no store for"));
  }
}

TEST_CASE("a file URL needs an absolute path on this machine") {
  for (const char* url : {"file://", "file://relative/path", "file://host/path", "file:///bad%2",
                          "file:///bad%zz", "file:///nul%00"}) {
    CAPTURE(url);
    CHECK(caught([&] { (void)open_store(url, false); }).code() == Errc::usage);
  }
  CHECK(caught([] { (void)open_store("", false); }).code() == Errc::usage);
}
