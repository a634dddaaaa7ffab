#include "engine/postgresql/server_log.hpp"

#include <array>

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace pitr::postgresql {

namespace {

constexpr std::size_t kMostComplaints = 12;
constexpr std::size_t kPiece = std::size_t{64} * 1024;
// A line longer than that is cut into pieces.
constexpr std::size_t kMaxLine = std::size_t{1024} * 1024;

constexpr std::array<std::string_view, 6> kComplaints = {
    "FATAL:  ", "PANIC:  ", "ERROR:  ", "HINT:  ", "DETAIL:  ", "WARNING:  "};

// What stands behind `begin` in a line, up to `end`.
std::optional<std::string_view> between(std::string_view line, std::string_view begin, std::string_view end) {
  const auto from = line.find(begin);
  if (from == std::string_view::npos) return std::nullopt;
  line.remove_prefix(from + begin.size());
  const auto to = line.find(end);
  if (to == std::string_view::npos) return std::nullopt;
  return line.substr(0, to);
}

std::optional<std::string_view> complaint(std::string_view line) {
  for (const std::string_view severity : kComplaints) {
    const auto at = line.find(severity);
    if (at != std::string_view::npos) return line.substr(at);
  }
  return std::nullopt;
}

}  // namespace

ServerLog::ServerLog(const fs::path& path) : path_(path), fd_(open_file(path, O_RDONLY)) {}

void ServerLog::read() {
  Bytes piece(kPiece);
  while (const std::size_t got = read_at(fd_.get(), piece, at_, path_)) {
    at_ += got;
    rest_ += as_text(ByteView(piece).first(got));
    std::size_t begin = 0;
    for (auto end = rest_.find('\n'); end != std::string::npos; end = rest_.find('\n', begin)) {
      take(std::string_view(rest_).substr(begin, end - begin));
      begin = end + 1;
    }
    rest_.erase(0, begin);
    if (rest_.size() > kMaxLine) rest_.clear();
  }
}

void ServerLog::take(std::string_view line) {
  if (const auto name = between(line, "LOG:  restored log file \"", "\" from archive")) {
    const auto file = parse_log_file_name(*name);
    if (file && file->kind == LogFileKind::segment) fetched_ = file->segment;
  } else if (const auto lsn = between(line, "LOG:  recovery stopping after WAL location (LSN) \"", "\"")) {
    stopped_after_ = try_parse_lsn(*lsn, LsnNotation::hex_pair);
  } else if (line.find("LOG:  database system is ready to accept connections") != std::string_view::npos) {
    ready_ = true;
  } else if (const auto text = complaint(line)) {
    complaints_.emplace_back(*text);
    if (complaints_.size() > kMostComplaints) complaints_.pop_front();
  }
}

std::string ServerLog::complaints() const { return fmt::format("{}", fmt::join(complaints_, "\n")); }

}  // namespace pitr::postgresql
