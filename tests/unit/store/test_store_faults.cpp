#include "store/local_store.hpp"
#include "stores.hpp"
#include "support/caught.hpp"
#include "support/child.hpp"
#include "support/small_disk.hpp"
#include "support/temp_dir.hpp"

#include <sys/mount.h>
#include <unistd.h>

using namespace pitr;
using namespace pitr::test;

namespace {

constexpr uid_t kNobody = 65534;

// 0 when f throws an io_error with a hint.
template <typename F>
int expect_io_error_with_hint(F f) {
  try {
    f();
  } catch (const Error& e) {
    if (e.code() != Errc::io_error) return 2;
    return e.hint().empty() ? 3 : 0;
  }
  return 1;
}

// As a user without privileges, for whom permissions hold; kSkipped where that user cannot be had.
template <typename Body>
int result_as_nobody(Body body) {
  return result_in_child([&] {
    if (::geteuid() == 0 && (::setegid(kNobody) != 0 || ::seteuid(kNobody) != 0)) return kSkipped;
    return body();
  });
}

void check_unless_skipped(int result) {
  if (result == kSkipped) {
    MESSAGE("skipped: this machine does not allow it");
    return;
  }
  CHECK(result == 0);
}

}  // namespace

TEST_CASE("a root that went away is not an empty repository") {
  const TempDir dir;
  LocalStore store(dir / "gone", "here");
  CHECK(caught([&] { (void)keys_in(store); }).code() == Errc::not_found);
  CHECK(caught([&] { (void)store.read("k", 0, 1); }).code() == Errc::not_found);
  CHECK(caught([&] { (void)store.size_of("k"); }).code() == Errc::not_found);
  CHECK(caught([&] { (void)create(store, "k", "x"); }).code() == Errc::not_found);
  CHECK_NOTHROW(store.sweep());
}

TEST_CASE("a directory that may not be read is an error, not an empty one") {
  const TempDir dir;
  fs::permissions(dir.path(), fs::perms(0755));
  LocalStore store(dir.path(), "here");
  REQUIRE(create(store, "closed/k", "x"));
  fs::permissions(dir / "closed", fs::perms(0700));
  check_unless_skipped(result_as_nobody([&] {
    if (::access((dir / "closed").c_str(), R_OK) == 0 && ::geteuid() != kNobody) return kSkipped;
    const int listing = expect_io_error_with_hint([&] { (void)keys_in(store); });
    const int reading = expect_io_error_with_hint([&] { (void)store.read("closed/k", 0, 1); });
    const int asking = expect_io_error_with_hint([&] { (void)store.size_of("closed/k"); });
    return listing + 10 * reading + 20 * asking;
  }));
}

TEST_CASE("an object that may not be read, and a folder that may not be written, are errors") {
  const TempDir dir;
  fs::permissions(dir.path(), fs::perms(0755));
  LocalStore store(dir.path(), "here");
  REQUIRE(create(store, "k", "x"));
  fs::permissions(dir / "k", fs::perms(0600));
  check_unless_skipped(result_as_nobody([&] {
    if (::geteuid() != kNobody) return kSkipped;
    const int reading = expect_io_error_with_hint([&] { (void)store.read("k", 0, 1); });
    const int creating = expect_io_error_with_hint([&] { (void)create(store, "new", "x"); });
    return reading + 10 * creating;
  }));
  CHECK(keys_in(store) == std::vector<std::string>{"k"});
}

TEST_CASE("a full disk is an error with a hint, and nothing is lost or left") {
  const TempDir dir;
  check_unless_skipped(result_in_child([&] {
    if (!mount_small_disk(dir.path(), 512 * 1024)) return kSkipped;
    LocalStore store(dir.path(), "here");
    if (!create(store, "a/small", "x")) return 10;
    const std::string big(2'000'000, 'x');
    if (const int result = expect_io_error_with_hint([&] { (void)create(store, "a/big", big); }); result != 0)
      return result;
    if (keys_in(store) != std::vector<std::string>{"a/small"}) return 11;
    if (text_of(store, "a/small") != "x") return 12;
    return create(store, "a/next", std::string(100'000, 'y')) ? 0 : 13;
  }));
}

TEST_CASE("a read-only file system is an error with a hint, and can be read") {
  const TempDir dir;
  check_unless_skipped(result_in_child([&] {
    if (!mount_small_disk(dir.path(), 512 * 1024)) return kSkipped;
    LocalStore store(dir.path(), "here");
    if (!create(store, "a/k", "x")) return 10;
    if (::mount("tmpfs", dir.path().c_str(), "tmpfs", MS_REMOUNT | MS_RDONLY, nullptr) != 0) return kSkipped;
    LocalStore again(dir.path(), "here");
    if (text_of(again, "a/k") != "x") return 11;
    again.sweep();
    const int same_folder = expect_io_error_with_hint([&] { (void)create(again, "a/new", "x"); });
    const int new_folder = expect_io_error_with_hint([&] { (void)create(again, "b/new", "x"); });
    return same_folder + 20 * new_folder;
  }));
}
