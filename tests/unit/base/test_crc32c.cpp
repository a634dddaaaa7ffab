#include "base/crc32c.hpp"

#include <array>
#include <climits>

#include <doctest/doctest.h>
#include <sys/mman.h>

using namespace pitr;

namespace {

// A 32 by 32 matrix of bits: what a run of zero bytes does to the state of the checksum.
using Matrix = std::array<std::uint32_t, 32>;

std::uint32_t transform(const Matrix& matrix, std::uint32_t vector) {
  std::uint32_t result = 0;
  for (unsigned i = 0; i < 32; ++i) {
    if ((vector >> i & 1U) != 0) result ^= matrix[i];
  }
  return result;
}

Matrix product(const Matrix& a, const Matrix& b) {
  Matrix result{};
  for (unsigned i = 0; i < 32; ++i) result[i] = transform(a, b[i]);
  return result;
}

Matrix one_zero_bit() {
  Matrix matrix{};
  matrix[0] = 0x82F63B78;  // the polynomial, reflected
  for (unsigned i = 1; i < 32; ++i) matrix[i] = 1U << (i - 1);
  return matrix;
}

std::uint32_t crc_of_zero_bytes(std::uint64_t count) {
  std::uint32_t state = 0xFFFFFFFF;
  Matrix power = one_zero_bit();
  for (std::uint64_t bits = count * 8; bits != 0; bits >>= 1U) {
    if ((bits & 1U) != 0) state = transform(power, state);
    power = product(power, power);
  }
  return ~state;
}

}  // namespace

TEST_CASE("crc32c gives the known answers") {
  CHECK(crc32c(as_bytes("123456789")) == 0xE3069283);
  CHECK(crc32c({}) == 0);
  // RFC 3720, appendix B.4
  CHECK(crc32c(Bytes(32)) == 0x8A9136AA);
  CHECK(crc32c(Bytes(32, std::byte{0xFF})) == 0x62A8AB43);
}

TEST_CASE("crc32c goes on from where it was") {
  const std::string_view text = "123456789";
  for (std::size_t at = 0; at <= text.size(); ++at) {
    const std::uint32_t first = crc32c(as_bytes(text.substr(0, at)));
    CHECK(crc32c_extended(first, as_bytes(text.substr(at))) == 0xE3069283);
  }
}

TEST_CASE("crc32c takes more bytes than an int counts") {
  const std::size_t size = std::size_t{INT_MAX} + 12'345;
  void* zeros = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  REQUIRE(zeros != MAP_FAILED);
  CHECK(crc32c({static_cast<const std::byte*>(zeros), size}) == crc_of_zero_bytes(size));
  ::munmap(zeros, size);
}
