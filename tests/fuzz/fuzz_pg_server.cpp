// What a server leaves for others to read: the first byte says whether the rest is its postmaster.pid or its
// log.

#include "base/error.hpp"
#include "engine/postgresql/server_address.hpp"
#include "engine/postgresql/server_log.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <sys/mman.h>
#include <unistd.h>

namespace {

void read_log(std::string_view text) {
  const int file = ::memfd_create("log", 0);
  if (file < 0 || ::write(file, text.data(), text.size()) != static_cast<ssize_t>(text.size()))
    __builtin_trap();
  pitr::postgresql::ServerLog log("/proc/self/fd/" + std::to_string(file));
  log.read();
  static_cast<void>(log.complaints());
  ::close(file);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace pitr;
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(bytes) + 1, size - 1);
  if (bytes[0] % 2 == 0) {
    read_log(text);
    return 0;
  }
  try {
    static_cast<void>(postgresql::parse_postmaster_file(text, "the input"));
  } catch (const Error& error) {
    if (error.code() != Errc::corrupt) __builtin_trap();
  }
  return 0;
}
