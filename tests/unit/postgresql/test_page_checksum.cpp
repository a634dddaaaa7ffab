#include "engine/postgresql/page_checksum.hpp"
#include "support/postgresql_page.hpp"

#include <doctest/doctest.h>

namespace pitr::postgresql {
namespace {

using test::page_of_two_rows;

TEST_CASE("the checksum is the one that PostgreSQL wrote") {
  const Bytes page = page_of_two_rows();
  CHECK(stored_checksum(RelationPage(page)) == 0x9489);
  CHECK(computed_checksum(RelationPage(page), 0) == 0x9489);
  CHECK(page_lsn(RelationPage(page)) == Lsn{0x5025588});
  CHECK(is_sound_page(RelationPage(page), 0));
}

TEST_CASE("a page in another block's place is not sound") {
  const Bytes page = page_of_two_rows();
  CHECK_FALSE(is_sound_page(RelationPage(page), 1));
  CHECK_FALSE(is_sound_page(RelationPage(page), 131072));
}

TEST_CASE("a changed byte is seen wherever it is") {
  for (std::size_t at = 0; at < kPageSize; ++at) {
    Bytes page = page_of_two_rows();
    page[at] ^= std::byte{0x01};
    CAPTURE(at);
    CHECK_FALSE(is_sound_page(RelationPage(page), 0));
  }
}

TEST_CASE("a page that was never written is zero from end to end") {
  Bytes page(kPageSize);
  CHECK(is_sound_page(RelationPage(page), 7));
  page[kPageSize - 1] = std::byte{1};
  CHECK_FALSE(is_sound_page(RelationPage(page), 7));
  page = page_of_two_rows();
  page[14] = page[15] = std::byte{0};
  CHECK_FALSE(is_sound_page(RelationPage(page), 0));
}

}  // namespace
}  // namespace pitr::postgresql
