#include "cmd/terminal.hpp"

#include <charconv>
#include <clocale>
#include <cstdlib>
#include <optional>
#include <string_view>

#include <langinfo.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace pitr::cmd {

namespace {

constexpr std::size_t kDefaultWidth = 80;

std::optional<std::size_t> terminal_width(int fd) {
  winsize size{};
  if (isatty(fd) == 0 || ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return std::nullopt;
  return size.ws_col;
}

std::optional<std::size_t> wanted_width() {
  const char* columns = std::getenv("COLUMNS");
  if (columns == nullptr) return std::nullopt;
  const std::string_view text(columns);
  std::size_t width = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), width);
  const bool whole = problem == std::errc() && end == text.data() + text.size();
  return whole && width > 0 ? std::optional(width) : std::nullopt;
}

}  // namespace

Terminal find_terminal() {
  std::setlocale(LC_CTYPE, "");
  Terminal terminal;
  terminal.width = wanted_width().value_or(terminal_width(STDOUT_FILENO).value_or(kDefaultWidth));
  terminal.unicode = std::string_view(nl_langinfo(CODESET)) == "UTF-8";
  terminal.errors_on_terminal = isatty(STDERR_FILENO) != 0;
  return terminal;
}

std::size_t error_width() { return terminal_width(STDERR_FILENO).value_or(kDefaultWidth); }

}  // namespace pitr::cmd
