#include "engine/postgresql/server_connection.hpp"
#include "support/caught.hpp"
#include "support/temp_dir.hpp"

#include <doctest/doctest.h>

namespace pitr::postgresql {
namespace {

TEST_CASE("a server that does not answer is unavailable, and no password is shown") {
  const test::TempDir dir;  // holds no socket
  const std::string source = "host=" + dir.path().native() + " user=u password=hush";
  const Error error = test::caught([&] { ServerConnection connection(source); });
  CHECK(error.code() == Errc::unavailable);
  CHECK(test::contains(error.what(), dir.path().native()));
  CHECK_FALSE(test::contains(error.what(), "hush"));
  CHECK_FALSE(error.hint().empty());
}

TEST_CASE("values of a row are what they should be, or the server is blamed") {
  const ServerConnection::Row row = {"0/16B3740", "t", "-7", "x", std::nullopt};
  CHECK(lsn_of(row, 0) == Lsn{0x16B3740});
  CHECK(bool_of(row, 1));
  CHECK(number_of(row, 2) == -7);
  CHECK(text_of(row, 3) == "x");
  for (const std::size_t column : {3UL, 4UL, 5UL}) {
    CHECK(test::caught([&] { (void)lsn_of(row, column); }).code() == Errc::internal);
    CHECK(test::caught([&] { (void)bool_of(row, column); }).code() == Errc::internal);
    CHECK(test::caught([&] { (void)number_of(row, column); }).code() == Errc::internal);
  }
  CHECK(test::caught([&] { (void)text_of(row, 4); }).code() == Errc::internal);
}

}  // namespace
}  // namespace pitr::postgresql
