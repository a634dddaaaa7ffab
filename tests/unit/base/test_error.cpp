#include "base/error.hpp"
#include "support/caught.hpp"

#include <cerrno>

using namespace pitr;
using namespace pitr::test;

TEST_CASE("a failed call says what it did, to what, and why") {
  const Error e = caught([] { throw_errno(EIO, "read", "/some/file"); });
  CHECK(e.code() == Errc::io_error);
  CHECK(std::string(e.what()) == "cannot read /some/file: Input/output error");
}

TEST_CASE("a full disk, a quota, a permission and a read-only file system get a hint") {
  for (const int error : {ENOSPC, EDQUOT, EACCES, EPERM, EROFS}) {
    CAPTURE(error);
    const Error e = caught([&] { throw_errno(error, "write", "/some/file"); });
    CHECK(e.code() == Errc::io_error);
    CHECK_FALSE(e.hint().empty());
  }
}

TEST_CASE("faults that pass by themselves are unavailable") {
  for (const int error : {EAGAIN, ESTALE, ETIMEDOUT}) {
    CAPTURE(error);
    CHECK(caught([&] { throw_errno(error, "read", "/some/file"); }).code() == Errc::unavailable);
  }
}

TEST_CASE("the names of codes are the ones scripts know") {
  CHECK(code_name(Errc::io_error) == "io_error");
  CHECK(code_name(Errc::wal_gap) == "wal_gap");
  CHECK(code_name(Errc::log_conflict) == "log_conflict");
  CHECK(code_name(Errc::promise_broken) == "promise_broken");
}
