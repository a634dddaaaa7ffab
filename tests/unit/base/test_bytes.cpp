#include "base/bytes.hpp"

#include <array>

#include <doctest/doctest.h>

using namespace pitr;

TEST_CASE("integers are read in the order of bytes asked for") {
  const Bytes bytes{std::byte{0x01}, std::byte{0x02}, std::byte{0x03}, std::byte{0x84},
                    std::byte{0x05}, std::byte{0x06}, std::byte{0x07}, std::byte{0x08}};
  CHECK(load_be16(bytes.data()) == 0x0102);
  CHECK(load_be32(bytes.data()) == 0x01020384);
  CHECK(load_le32(bytes.data()) == 0x84030201);
  CHECK(load_be64(bytes.data()) == 0x0102038405060708);
  CHECK(load_le64(bytes.data()) == 0x0807060584030201);
  CHECK(load_le16(bytes.data()) == 0x0201);
}

TEST_CASE("integers are stored in the order of bytes asked for") {
  std::array<std::byte, 4> at{};
  store_be32(at.data(), 0x01020384);
  CHECK(load_be32(at.data()) == 0x01020384);
  CHECK(at[0] == std::byte{0x01});
  store_le32(at.data(), 0x01020384);
  CHECK(load_le32(at.data()) == 0x01020384);
  CHECK(at[0] == std::byte{0x84});
}
