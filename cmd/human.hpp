#pragma once

#include "base/time.hpp"
#include "model/point.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pitr::cmd {

// How values read in text for people. Times are such that --to-time takes them back.

std::string human_size(std::uint64_t bytes);                          // "512 B", "12.3 MiB"
std::string human_count(std::uint64_t number);                        // "1,234,567"
std::string human_count(const std::optional<std::uint64_t>& number);  // "?" when absent
// "1 commit", "1,234 commits".
std::string counted(std::uint64_t number, std::string_view one);
// "an unknown number of commits" when absent.
std::string counted(const std::optional<std::uint64_t>& number, std::string_view one);
std::string human_time(Timestamp time);                        // to the second: "2026-11-23 10:11:12Z"
std::string exact_time(Timestamp time);                        // "2026-11-23 10:11:12.345678Z"
std::string exact_time(const std::optional<Timestamp>& time);  // "-" when absent
// "42 s ago"; "in 42 s" where a clock is ahead.
std::string age(Timestamp then, Timestamp now);
// "LSN 1234, 2026-11-23 10:11:12.345678Z, xid 17", without what is not known.
std::string human_point(const Point& point, LsnNotation notation);
std::string human_xid(const std::optional<Xid>& xid);  // "-" when absent

// The text with control characters made visible, so that no name or message can move a terminal's cursor.
std::string printable(std::string_view text);

}  // namespace pitr::cmd
