#include "base/time.hpp"

#include "base/error.hpp"

#include <array>
#include <ctime>
#include <limits>
#include <optional>

#include <fmt/format.h>

namespace pitr {
namespace {

constexpr std::int64_t kSecond = 1'000'000;
constexpr std::int64_t kDay = 86'400 * kSecond;
// The calendar repeats itself after 400 years.
constexpr std::int64_t kCycleYears = 400;
constexpr std::int64_t kCycleDays = 146'097;

struct CivilTime {
  std::int64_t year = 0;
  unsigned month = 0;
  unsigned day = 0;
  unsigned hour = 0;
  unsigned minute = 0;
  unsigned second = 0;
  unsigned microsecond = 0;
};

std::int64_t floor_div(std::int64_t value, std::int64_t divisor) {
  return value / divisor - (value % divisor < 0 ? 1 : 0);
}

// From 0 to divisor - 1.
std::int64_t floor_rest(std::int64_t value, std::int64_t divisor) {
  const std::int64_t rest = value % divisor;
  return rest < 0 ? rest + divisor : rest;
}

CivilTime civil_of(Timestamp time) {
  const std::int64_t days = floor_div(time.us, kDay);
  // std::chrono's years end at 32767: look the day up in the first cycle.
  const std::int64_t cycle = floor_div(days, kCycleDays);
  const std::chrono::year_month_day date(
      std::chrono::sys_days(std::chrono::days(static_cast<int>(floor_rest(days, kCycleDays)))));
  const std::int64_t in_day = floor_rest(time.us, kDay);
  const std::int64_t seconds = in_day / kSecond;
  CivilTime civil;
  civil.year = static_cast<int>(date.year()) + cycle * kCycleYears;
  civil.month = static_cast<unsigned>(date.month());
  civil.day = static_cast<unsigned>(date.day());
  civil.hour = static_cast<unsigned>(seconds / 3600);
  civil.minute = static_cast<unsigned>(seconds / 60 % 60);
  civil.second = static_cast<unsigned>(seconds % 60);
  civil.microsecond = static_cast<unsigned>(in_day % kSecond);
  return civil;
}

// Nothing when there is no such day or time of day.
std::optional<Timestamp> timestamp_of(const CivilTime& civil) {
  const std::chrono::year_month_day date(std::chrono::year(static_cast<int>(civil.year)),
                                         std::chrono::month(civil.month), std::chrono::day(civil.day));
  if (!date.ok() || civil.hour > 23 || civil.minute > 59 || civil.second > 59) return std::nullopt;
  const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  const std::int64_t seconds =
      std::int64_t{civil.hour} * 3600 + std::int64_t{civil.minute} * 60 + civil.second;
  return Timestamp{days * kDay + seconds * kSecond + civil.microsecond};
}

// Walks over the text of a time.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : text_(text) {}

  [[nodiscard]] bool at_end() const { return text_.empty(); }
  [[nodiscard]] std::size_t digits_ahead() const {
    std::size_t n = 0;
    while (n < text_.size() && text_[n] >= '0' && text_[n] <= '9') ++n;
    return n;
  }

  bool take(char c) {
    if (text_.empty() || text_.front() != c) return false;
    text_.remove_prefix(1);
    return true;
  }

  bool take_any(std::string_view chars) {
    if (text_.empty() || chars.find(text_.front()) == std::string_view::npos) return false;
    text_.remove_prefix(1);
    return true;
  }

  // Exactly `count` digits, at most nine.
  std::optional<unsigned> take_number(std::size_t count) {
    if (digits_ahead() < count) return std::nullopt;
    unsigned value = 0;
    for (std::size_t i = 0; i < count; ++i) value = value * 10 + static_cast<unsigned>(text_[i] - '0');
    text_.remove_prefix(count);
    return value;
  }

  template <typename Number>
  bool take_number(std::size_t count, Number& to) {
    const auto value = take_number(count);
    if (value) to = *value;
    return value.has_value();
  }

 private:
  std::string_view text_;
};

bool take_fraction(Cursor& at, unsigned& microsecond) {
  if (!at.take('.')) return true;
  const std::size_t digits = at.digits_ahead();
  if (digits < 1 || digits > 9) return false;
  unsigned value = at.take_number(digits).value_or(0);
  for (std::size_t i = digits; i < 6; ++i) value *= 10;
  for (std::size_t i = digits; i > 6; --i) value /= 10;
  microsecond = value;
  return true;
}

bool take_date_and_time(Cursor& at, CivilTime& to) {
  return at.take_number(4, to.year) && at.take('-') && at.take_number(2, to.month) && at.take('-') &&
         at.take_number(2, to.day) && at.take_any("Tt ") && at.take_number(2, to.hour) && at.take(':') &&
         at.take_number(2, to.minute) &&
         (!at.take(':') || (at.take_number(2, to.second) && take_fraction(at, to.microsecond)));
}

// "Z", "+01:00", "+0100" or "+01", as seconds east of Greenwich.
std::optional<std::int64_t> take_zone(Cursor& at) {
  if (at.take_any("Zz")) return 0;
  const bool east = at.take('+');
  if (!east && !at.take('-')) return std::nullopt;
  unsigned hours = 0;
  unsigned minutes = 0;
  if (!at.take_number(2, hours) || hours > 23) return std::nullopt;
  const bool colon = at.take(':');
  if ((colon || !at.at_end()) && (!at.take_number(2, minutes) || minutes > 59)) return std::nullopt;
  const std::int64_t offset = std::int64_t{hours} * 3600 + std::int64_t{minutes} * 60;
  return east ? offset : -offset;
}

[[noreturn]] void refuse_time(std::string_view text) {
  throw Error(Errc::usage, fmt::format("not a time: \"{}\"", text),
              "write it as 2026-11-23T10:11:12Z or 2026-11-23T11:11:12.5+01:00");
}

std::string format_civil(const CivilTime& civil, std::string_view zone) {
  std::string fraction;
  if (civil.microsecond != 0) fraction = fmt::format(".{:06}", civil.microsecond);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{}{}", civil.year, civil.month, civil.day,
                     civil.hour, civil.minute, civil.second, fraction, zone);
}

// The time as this machine's own zone reads it, with the offset that holds there at that moment.
std::string format_as_local(const CivilTime& civil) {
  std::tm parts{};
  parts.tm_year = static_cast<int>(civil.year) - 1900;
  parts.tm_mon = static_cast<int>(civil.month) - 1;
  parts.tm_mday = static_cast<int>(civil.day);
  parts.tm_hour = static_cast<int>(civil.hour);
  parts.tm_min = static_cast<int>(civil.minute);
  parts.tm_sec = static_cast<int>(civil.second);
  parts.tm_isdst = -1;
  tzset();
  std::mktime(&parts);
  const long offset = parts.tm_gmtoff < 0 ? -parts.tm_gmtoff : parts.tm_gmtoff;
  return format_civil(
      civil, fmt::format("{}{:02}:{:02}", parts.tm_gmtoff < 0 ? '-' : '+', offset / 3600, offset / 60 % 60));
}

[[noreturn]] void refuse_missing_zone(std::string_view text, const CivilTime& civil) {
  const std::string utc = format_civil(civil, "Z");
  const std::string local = format_as_local(civil);
  throw Error(Errc::usage,
              fmt::format("time \"{}\" has no zone: it may mean {} (UTC) or {} (this machine's zone)", text,
                          utc, local),
              fmt::format("write the one you mean: {} or {}", utc, local));
}

bool is_storable(Timestamp time) {
  const std::int64_t year = civil_of(time).year;
  return year >= 0 && year <= 9999;
}

struct Unit {
  std::string_view suffix;
  std::int64_t us;
};

constexpr std::array<Unit, 5> kUnits{
    {{"ms", 1000}, {"s", kSecond}, {"m", 60 * kSecond}, {"h", 3600 * kSecond}, {"d", kDay}}};

[[noreturn]] void refuse_duration(std::string_view text) {
  throw Error(Errc::usage, fmt::format("not a duration: \"{}\"", text),
              "write it as 250ms, 90s, 5m, 2h or 14d");
}

}  // namespace

Timestamp now() {
  const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<Duration>(since_epoch).count()};
}

std::string format_time(Timestamp time) {
  const CivilTime c = civil_of(time);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", c.year, c.month, c.day, c.hour, c.minute,
                     c.second, c.microsecond);
}

std::string format_time_compact(Timestamp time) {
  const CivilTime c = civil_of(time);
  return fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}Z", c.year, c.month, c.day, c.hour, c.minute, c.second);
}

Timestamp parse_time(std::string_view text) {
  Cursor at(text);
  CivilTime civil;
  if (!take_date_and_time(at, civil)) refuse_time(text);
  const auto local = timestamp_of(civil);
  if (!local) refuse_time(text);
  if (at.at_end()) refuse_missing_zone(text, civil);
  const auto offset = take_zone(at);
  if (!offset || !at.at_end()) refuse_time(text);
  const Timestamp time{local->us - *offset * kSecond};
  if (!is_storable(time)) refuse_time(text);
  return time;
}

Timestamp parse_stored_time(std::string_view text) {
  Cursor at(text);
  CivilTime civil;
  if (take_date_and_time(at, civil)) {
    const auto time = timestamp_of(civil);
    if (time && format_time(*time) == text) return *time;
  }
  throw Error(Errc::corrupt, fmt::format("not a time as it is stored: \"{}\"", text.substr(0, 64)));
}

Duration parse_duration(std::string_view text) {
  if (text == "0") return Duration(0);
  constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
  std::int64_t number = 0;
  std::size_t digits = 0;
  for (; digits < text.size() && text[digits] >= '0' && text[digits] <= '9'; ++digits) {
    const int digit = text[digits] - '0';
    if (number > (kMax - digit) / 10) refuse_duration(text);
    number = number * 10 + digit;
  }
  if (digits == 0) refuse_duration(text);
  for (const Unit& unit : kUnits) {
    if (text.substr(digits) != unit.suffix) continue;
    if (number > kMax / unit.us) refuse_duration(text);
    return Duration(number * unit.us);
  }
  refuse_duration(text);
}

std::string describe_duration(Duration duration) {
  const std::int64_t us = duration.count();
  if (us == std::numeric_limits<std::int64_t>::min()) return describe_duration(Duration(us + 1));
  if (us < 0) return "-" + describe_duration(Duration(-us));
  const std::int64_t tenths = us / 100'000 + (us % 100'000 >= 50'000 ? 1 : 0);
  if (tenths < 100) return fmt::format("{}.{} s", tenths / 10, tenths % 10);
  const std::int64_t seconds = us / kSecond + (us % kSecond >= kSecond / 2 ? 1 : 0);
  if (seconds < 60) return fmt::format("{} s", seconds);
  const auto two = [](std::int64_t big, std::string_view big_unit, std::int64_t small,
                      std::string_view small_unit) {
    if (small == 0) return fmt::format("{} {}", big, big_unit);
    return fmt::format("{} {} {} {}", big, big_unit, small, small_unit);
  };
  if (seconds < 3600) return two(seconds / 60, "min", seconds % 60, "s");
  if (seconds < 86'400) return two(seconds / 3600, "h", seconds / 60 % 60, "min");
  return two(seconds / 86'400, "d", seconds / 3600 % 24, "h");
}

}  // namespace pitr
