#include "cmd/human.hpp"

#include <array>

#include <fmt/format.h>

namespace pitr::cmd {

std::string human_size(std::uint64_t bytes) {
  static constexpr std::array<std::string_view, 6> kUnits{"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  if (bytes < 1024) return fmt::format("{} B", bytes);
  double value = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  // 1023.95 would be written as 1024.0.
  while (value >= 1023.95 && unit + 1 < kUnits.size()) {
    value /= 1024;
    ++unit;
  }
  return fmt::format("{:.1f} {}", value, kUnits[unit]);
}

std::string human_count(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, 1, ',');
  return digits;
}

std::string human_count(const std::optional<std::uint64_t>& number) {
  return number ? human_count(*number) : "?";
}

std::string counted(std::uint64_t number, std::string_view one) {
  return fmt::format("{} {}{}", human_count(number), one, number == 1 ? "" : "s");
}

std::string counted(const std::optional<std::uint64_t>& number, std::string_view one) {
  return number ? counted(*number, one) : fmt::format("an unknown number of {}s", one);
}

std::string exact_time(Timestamp time) {
  std::string text = format_time(time);
  text[text.find('T')] = ' ';
  return text;
}

std::string human_time(Timestamp time) {
  const std::string text = exact_time(time);
  return text.substr(0, text.find('.')) + "Z";
}

std::string exact_time(const std::optional<Timestamp>& time) { return time ? exact_time(*time) : "-"; }

std::string age(Timestamp then, Timestamp now) {
  return then <= now ? describe_duration(now - then) + " ago" : "in " + describe_duration(then - now);
}

std::string human_xid(const std::optional<Xid>& xid) { return xid ? std::to_string(xid->value) : "-"; }

std::string human_point(const Point& point, LsnNotation notation) {
  std::string text = "LSN " + format_lsn(point.lsn, notation);
  if (point.time) text += ", " + exact_time(*point.time);
  if (point.xid) text += ", xid " + human_xid(point.xid);
  return text;
}

std::string printable(std::string_view text) {
  std::string out;
  const auto escape = [&](unsigned char byte) { out += fmt::format("\\x{:02x}", byte); };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0;
    if (byte < 0x20 || byte == 0x7F) {
      escape(byte);
    } else if (byte == 0xC2 && next >= 0x80 && next < 0xA0) {
      // U+0080 to U+009F are control characters too.
      escape(byte);
      escape(static_cast<unsigned char>(next));
      ++i;
    } else {
      out += text[i];
    }
  }
  return out;
}

}  // namespace pitr::cmd
