#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace pitr {

// A point in time: microseconds since 1970-01-01T00:00:00Z.
struct Timestamp {
  std::int64_t us = 0;
  auto operator<=>(const Timestamp&) const = default;
};

using Duration = std::chrono::microseconds;

inline Timestamp operator+(Timestamp t, Duration d) { return {t.us + d.count()}; }
inline Timestamp operator-(Timestamp t, Duration d) { return {t.us - d.count()}; }
inline Duration operator-(Timestamp a, Timestamp b) { return Duration(a.us - b.us); }

// The machine's wall clock.
Timestamp now();

// RFC 3339 in UTC with six digits of fraction: "2026-11-23T10:11:12.000000Z".
std::string format_time(Timestamp time);

// The same without separators, to the second, for names: "20261123T101112Z".
std::string format_time_compact(Timestamp time);

// Reads RFC 3339: a date, 'T', 't' or one space, a time to the minute, or to the second with up to nine
// digits of fraction (beyond six are cut off), and a zone: 'Z', 'z' or an offset. Without a zone it throws a
// usage error that shows both readings, as UTC and in the machine's own zone. Years 0000 to 9999.
Timestamp parse_time(std::string_view text);

// Reads exactly what format_time() writes; throws Errc::corrupt otherwise.
Timestamp parse_stored_time(std::string_view text);

// Reads "90s", "5m", "2h", "14d", "250ms", "0"; throws a usage error otherwise.
Duration parse_duration(std::string_view text);

// For people: "0.2 s", "41 s", "5 min 12 s", "3 h 5 min", "14 d 2 h".
std::string describe_duration(Duration duration);

}  // namespace pitr
