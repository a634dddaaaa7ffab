#include "base/digest.hpp"
#include "engine/sochdb/shared_metadata.hpp"
#include "fixture.hpp"
#include "support/caught.hpp"

#include <doctest/doctest.h>

namespace pitr::sochdb {
namespace {

using pitr::test::caught;

Bytes header() {
  const Json expected = parse_json(test::fixture("concurrent-1/expected.json"), "concurrent-1");
  return from_hex(expected["mvcc_metadata_first_64_bytes_hex"].get<std::string>());
}

TEST_CASE("shared metadata tells the writer") {
  Bytes bytes = header();
  CHECK(parse_shared_metadata(bytes, "m").slots == 1024);
  store_le32(&bytes[40], 4711);
  CHECK(parse_shared_metadata(bytes, "m").writer == 4711);
}

TEST_CASE("what is no shared metadata of version 1 is corrupt") {
  const auto is_corrupt = [](ByteView bytes) {
    return caught([&] { parse_shared_metadata(bytes, "m"); }).code() == Errc::corrupt;
  };
  CHECK(is_corrupt({}));
  CHECK(is_corrupt(ByteView(header()).first(63)));
  for (std::size_t at = 0; at < 12; ++at) {
    Bytes changed = header();
    changed[at] ^= std::byte{1};
    CHECK(is_corrupt(changed));
  }
}

}  // namespace
}  // namespace pitr::sochdb
