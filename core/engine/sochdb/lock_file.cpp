#include "engine/sochdb/lock_file.hpp"

#include <charconv>

namespace pitr::sochdb {

std::optional<pid_t> parse_lock_file(std::string_view text) {
  if (!text.ends_with('\n')) return std::nullopt;
  text.remove_suffix(1);
  pid_t pid = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), pid);
  if (error != std::errc() || end != text.data() + text.size() || pid <= 0) return std::nullopt;
  return pid;
}

}  // namespace pitr::sochdb
