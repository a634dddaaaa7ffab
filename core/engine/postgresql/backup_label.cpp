#include "engine/postgresql/backup_label.hpp"

#include "base/error.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>

#include <fmt/format.h>

namespace pitr::postgresql {

namespace {

// The lines of a label, each name once.
class Lines {
 public:
  Lines(std::string_view text, const std::string& what) : what_(what) {
    for (std::size_t number = 1; !text.empty(); ++number) {
      const std::string_view line = text.substr(0, text.find('\n'));
      text.remove_prefix(std::min(text.size(), line.size() + 1));
      const auto colon = line.find(": ");
      if (colon == std::string_view::npos ||
          !lines_.emplace(line.substr(0, colon), line.substr(colon + 2)).second)
        throw Error(Errc::corrupt, fmt::format("{}: line {} is not one of a backup label", what_, number));
    }
  }

  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const {
    const auto found = lines_.find(name);
    if (found == lines_.end()) return std::nullopt;
    return found->second;
  }

  [[nodiscard]] std::string_view get(std::string_view name) const {
    const auto value = find(name);
    if (!value) throw Error(Errc::corrupt, fmt::format("{} has no line {}", what_, name));
    return *value;
  }

  [[noreturn]] void fail(std::string_view name) const {
    throw Error(Errc::corrupt, fmt::format("{}: {} is '{}', which cannot be", what_, name, get(name)));
  }

  [[nodiscard]] Lsn lsn(std::string_view name) const {
    const auto lsn = try_parse_lsn(get(name), LsnNotation::hex_pair);
    if (!lsn) fail(name);
    return *lsn;
  }

  [[nodiscard]] TimelineId timeline(std::string_view name) const {
    const std::string_view text = get(name);
    TimelineId timeline;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), timeline.value);
    if (error != std::errc() || end != text.data() + text.size() || timeline.value == 0) fail(name);
    return timeline;
  }

 private:
  const std::string& what_;
  std::map<std::string_view, std::string_view> lines_;
};

constexpr std::string_view kStart = "START WAL LOCATION";

// "0/2000028 (file 000000010000000000000002)"
void read_start(const Lines& lines, BackupLabel& label) {
  constexpr std::string_view kFile = " (file ";
  const std::string_view text = lines.get(kStart);
  const auto space = text.find(kFile);
  if (space == std::string_view::npos || !text.ends_with(')')) lines.fail(kStart);
  const auto lsn = try_parse_lsn(text.substr(0, space), LsnNotation::hex_pair);
  std::string_view name = text.substr(space + kFile.size());
  name.remove_suffix(1);
  const auto file = parse_log_file_name(name);
  if (!lsn || !file || file->kind != LogFileKind::segment) lines.fail(kStart);
  label.start = *lsn;
  label.file = file->segment;
}

}  // namespace

BackupLabel parse_backup_label(std::string_view text, const std::string& what) {
  const Lines lines(text, what);
  BackupLabel label;
  read_start(lines, label);
  label.checkpoint = lines.lsn("CHECKPOINT LOCATION");
  label.timeline = lines.timeline("START TIMELINE");
  if (label.checkpoint < label.start) lines.fail("CHECKPOINT LOCATION");
  if (label.file.timeline != label.timeline) lines.fail("START TIMELINE");
  label.from_standby = lines.find("BACKUP FROM") == "standby";
  label.incremental = lines.find("INCREMENTAL FROM LSN").has_value();
  label.start_time = lines.find("START TIME").value_or("");
  label.label = lines.find("LABEL").value_or("");
  return label;
}

}  // namespace pitr::postgresql
