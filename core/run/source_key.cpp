#include "run/source_key.hpp"

#include "base/error.hpp"

#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>

namespace pitr {

namespace {

// More than any key is long.
constexpr std::size_t kLongestKey = 4096;

// From a file or a pipe.
std::string read_key(const fs::path& path) {
  const auto fd = open_if_exists(path, O_RDONLY);
  if (!fd) {
    throw Error(Errc::usage, fmt::format("there is no key file {}", path.string()),
                "check the path given with --source-key-file");
  }
  std::string text(kLongestKey + 1, '\0');
  const std::size_t size = read_up_to(fd->get(), std::as_writable_bytes(std::span(text)), path);
  if (size > kLongestKey) {
    throw Error(Errc::usage,
                fmt::format("{} is longer than {} bytes: it holds no key", path.string(), kLongestKey),
                "check the path given with --source-key-file");
  }
  text.resize(size);
  text.erase(text.find_last_not_of("\r\n") + 1);
  if (text.empty()) {
    throw Error(Errc::usage, fmt::format("{} is empty: it holds no key", path.string()),
                "check the path given with --source-key-file");
  }
  return text;
}

}  // namespace

void check_source_key(const Context& context, const Engine& engine) {
  if (!context.source_key_file || !engine.key_variable().empty()) return;
  throw Error(Errc::usage, fmt::format("{} databases have no key", engine.name()),
              "leave out --source-key-file");
}

std::optional<SourceKey> source_key(const Context& context, const Engine& engine) {
  check_source_key(context, engine);
  if (context.source_key_file) {
    const fs::path& path = *context.source_key_file;
    return SourceKey{read_key(path), fmt::format("--source-key-file {}", path.string())};
  }
  if (engine.key_variable().empty()) return std::nullopt;
  const std::string variable(engine.key_variable());
  const char* const value = std::getenv(variable.c_str());
  if (value == nullptr || *value == '\0') return std::nullopt;
  return SourceKey{value, "$" + variable};
}

}  // namespace pitr
