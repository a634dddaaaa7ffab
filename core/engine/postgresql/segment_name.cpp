#include "engine/postgresql/segment_name.hpp"

#include <charconv>

#include <fmt/format.h>

namespace pitr::postgresql {

namespace {

constexpr std::size_t kFieldDigits = 8;
constexpr std::size_t kSegmentDigits = 3 * kFieldDigits;

std::optional<std::uint32_t> parse_field(std::string_view text) {
  if (text.size() != kFieldDigits) return std::nullopt;
  for (const char c : text) {
    if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'F'))) return std::nullopt;
  }
  std::uint32_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value, 16);
  return value;
}

std::optional<SegmentName> parse_segment_name(std::string_view text) {
  if (text.size() != kSegmentDigits) return std::nullopt;
  const auto timeline = parse_field(text.substr(0, kFieldDigits));
  const auto high = parse_field(text.substr(kFieldDigits, kFieldDigits));
  const auto low = parse_field(text.substr(2 * kFieldDigits));
  if (!timeline || *timeline == 0 || !high || !low) return std::nullopt;
  return SegmentName{{*timeline}, *high, *low};
}

}  // namespace

std::optional<Lsn> SegmentName::start(std::uint32_t segment_size) const {
  const std::uint64_t offset = std::uint64_t{low} * segment_size;
  if (offset > 0xFFFFFFFFU) return std::nullopt;
  return Lsn{(std::uint64_t{high} << 32U) + offset};
}

std::string SegmentName::text() const { return fmt::format("{:08X}{:08X}{:08X}", timeline.value, high, low); }

SegmentName segment_name(TimelineId timeline, Lsn lsn, std::uint32_t segment_size) {
  return {timeline, static_cast<std::uint32_t>(lsn.value >> 32U),
          static_cast<std::uint32_t>(lsn.value & 0xFFFFFFFFU) / segment_size};
}

std::optional<LogFileName> parse_log_file_name(std::string_view name) {
  if (name.size() == kFieldDigits + 8 && name.ends_with(".history")) {
    const auto timeline = parse_field(name.substr(0, kFieldDigits));
    if (!timeline || *timeline == 0) return std::nullopt;
    return LogFileName{LogFileKind::history, {{*timeline}, 0, 0}};
  }
  const auto segment = parse_segment_name(name.substr(0, kSegmentDigits));
  if (!segment) return std::nullopt;
  const std::string_view rest = name.substr(kSegmentDigits);
  if (rest.empty()) return LogFileName{LogFileKind::segment, *segment};
  if (rest == ".partial") return LogFileName{LogFileKind::partial, *segment};
  const bool backup = rest.size() == 1 + kFieldDigits + 7 && rest.front() == '.' &&
                      rest.ends_with(".backup") && parse_field(rest.substr(1, kFieldDigits));
  if (backup) return LogFileName{LogFileKind::backup_history, *segment};
  return std::nullopt;
}

}  // namespace pitr::postgresql
