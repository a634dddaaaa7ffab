#include "base/random.hpp"

#include "base/bytes.hpp"
#include "base/digest.hpp"
#include "base/error.hpp"

#include <cerrno>

#include <sys/random.h>

namespace pitr {

void fill_random(std::span<std::byte> buffer) {
  while (!buffer.empty()) {
    const ssize_t got = getrandom(buffer.data(), buffer.size(), 0);
    if (got < 0) {
      if (errno == EINTR) continue;
      throw_errno("read", "the kernel's random numbers");
    }
    buffer = buffer.subspan(static_cast<std::size_t>(got));
  }
}

std::string random_hex(std::size_t bytes) {
  Bytes buffer(bytes);
  fill_random(buffer);
  return to_hex(buffer);
}

}  // namespace pitr
